package io.carnelian.server.notify;

import io.carnelian.server.memory.Memory;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.Key;
import io.carnelian.server.store.Keyspace;

/**
 * Publishes what happens to keys, if {@code notify-keyspace-events} wants it; otherwise an event
 * costs one test of an int.
 *
 * <pre>
 *   SET k v  →  message __keyspace@0__:k   set
 *               message __keyevent@0__:set k
 * </pre>
 *
 * Commands tell of what they do through {@code Call.notify}. What happens outside of commands, or
 * deeper than they see, comes through the keyspace's listeners: expiry, misses, new keys.
 */
public final class Notifications implements Keyspace.PresenceListener {
    /** Who delivers messages: pub/sub. */
    @FunctionalInterface
    public interface Publisher {
        void publish(byte[] channel, byte[] text);
    }

    private final Keyspace keyspace;
    private Publisher publisher = (channel, text) -> {};
    private int wanted;

    public Notifications(Keyspace keyspace) {
        this.keyspace = keyspace;
        keyspace.presenceListener(this);
    }

    public void publisher(Publisher delivers) {
        publisher = delivers;
    }

    /** What is published: bits of {@link EventClass}, as {@code notify-keyspace-events} says. */
    public void want(int classes) {
        boolean anywhere = (classes & (EventClass.KEYSPACE | EventClass.KEYEVENT)) != 0;
        wanted = anywhere ? classes : 0;
        keyspace.tellMisses((wanted & EventClass.KEY_MISS) != 0);
        keyspace.tellNew((wanted & EventClass.NEW) != 0);
    }

    /** Something happened to a key, whose bytes are readable during the call. */
    public void tell(KeyspaceEvent event, Database db, Key key) {
        if ((wanted & event.bit) != 0) {
            publish(event, db.index(), key);
        }
    }

    @Override
    public void missed(Database db, Key key) {
        tell(KeyspaceEvent.KEYMISS, db, key);
    }

    @Override
    public void added(Database db, Key key) {
        tell(KeyspaceEvent.NEW, db, key);
    }

    private void publish(KeyspaceEvent event, int db, Key key) {
        byte[] name = new byte[key.length];
        Memory.copyOut(key.address, name, 0, name.length);
        if ((wanted & EventClass.KEYSPACE) != 0) {
            publisher.publish(channel("__keyspace@", db, name), event.text());
        }
        if ((wanted & EventClass.KEYEVENT) != 0) {
            publisher.publish(channel("__keyevent@", db, event.text()), name);
        }
    }

    private static byte[] channel(String kind, int db, byte[] rest) {
        byte[] head = Reply.ascii(kind + db + "__:");
        byte[] whole = new byte[head.length + rest.length];
        System.arraycopy(head, 0, whole, 0, head.length);
        System.arraycopy(rest, 0, whole, head.length, rest.length);
        return whole;
    }
}
