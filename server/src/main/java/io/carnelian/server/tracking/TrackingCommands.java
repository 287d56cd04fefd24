package io.carnelian.server.tracking;

import static io.carnelian.server.command.Categories.CONNECTION;
import static io.carnelian.server.command.Flags.LOADING;
import static io.carnelian.server.command.Flags.NOSCRIPT;
import static io.carnelian.server.command.Flags.STALE;

import io.carnelian.server.client.Client;
import io.carnelian.server.client.Clients;
import io.carnelian.server.client.TrackingMode;
import io.carnelian.server.command.Call;
import io.carnelian.server.command.Command;
import io.carnelian.server.command.Keys;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.resp.Token;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * CLIENT TRACKING, CACHING, TRACKINGINFO, GETREDIR. Options are read first, and refused as a whole
 * if they do not go together or with what the client tracks already; then {@link Tracking} is told.
 * Turning tracking on again replaces the options but keeps the prefixes, as in Redis.
 */
public final class TrackingCommands {
    private static final int OWN = NOSCRIPT | LOADING | STALE;
    private static final Token ON = Token.of("on");
    private static final Token OFF = Token.of("off");
    private static final Token YES = Token.of("yes");
    private static final Token NO = Token.of("no");
    private static final ErrorReply ONE_REDIRECT =
            ErrorReply.of("ERR A client can only redirect to a single other client");
    private static final ErrorReply NO_SUCH_TARGET =
            ErrorReply.of("ERR The client ID you want redirect to does not exist");
    private static final ErrorReply PREFIX_ALONE =
            ErrorReply.of("ERR PREFIX option requires BCAST mode to be enabled");
    private static final ErrorReply SWITCH_BCAST =
            ErrorReply.of(
                    "ERR You can't switch BCAST mode on/off before disabling tracking for this"
                            + " client, and then re-enabling it with a different mode.");
    private static final ErrorReply OPT_AND_BCAST =
            ErrorReply.of("ERR OPTIN and OPTOUT are not compatible with BCAST");
    private static final ErrorReply BOTH_OPTS =
            ErrorReply.of("ERR You can't specify both OPTIN mode and OPTOUT mode");
    private static final ErrorReply SWITCH_OPT =
            ErrorReply.of(
                    "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this"
                            + " client, and then re-enabling it with a different mode.");
    private static final ErrorReply CACHING_OFF =
            ErrorReply.of(
                    "ERR CLIENT CACHING can be called only when the client is in tracking mode with"
                            + " OPTIN or OPTOUT mode enabled");
    private static final ErrorReply YES_IN_OPTIN =
            ErrorReply.of(
                    "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.");
    private static final ErrorReply NO_IN_OPTOUT =
            ErrorReply.of(
                    "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.");
    private static final byte[] EVERYTHING = {};

    /** The words after ON or OFF. */
    private static final class Options {
        boolean broadcast;
        boolean optIn;
        boolean optOut;
        boolean noLoop;
        long redirect;
        final List<byte[]> prefixes = new ArrayList<>();
    }

    private final Clients clients;
    private final Tracking tracking;

    public TrackingCommands(Clients clients, Tracking tracking) {
        this.clients = clients;
        this.tracking = tracking;
    }

    /** Adds to CLIENT. */
    public void addTo(Command client) {
        client.sub("tracking", -3, OWN, Keys.NONE, CONNECTION, this::tracking);
        client.sub("caching", 3, OWN, Keys.NONE, CONNECTION, this::caching);
        client.sub("getredir", 2, OWN, Keys.NONE, CONNECTION, this::getRedir);
        client.sub("trackinginfo", 2, OWN, Keys.NONE, CONNECTION, this::trackingInfo);
    }

    private void tracking(Call call) {
        Options options = options(call);
        Client client = call.client();
        if (call.is(2, ON)) {
            checkCompatible(options, client.tracking);
            tracking.requireRoom(options.prefixes);
            tracking.enable(client, mode(options, client.tracking));
        } else if (call.is(2, OFF)) {
            tracking.disable(client);
        } else {
            throw Errors.syntax();
        }
        call.reply().ok();
    }

    private Options options(Call call) {
        Options options = new Options();
        for (int i = 3; i < call.argc(); i++) {
            boolean more = i + 1 < call.argc();
            switch (call.string(i).toLowerCase(Locale.ROOT)) {
                case "redirect" -> {
                    if (!more) {
                        throw Errors.syntax();
                    }
                    if (options.redirect != 0) {
                        throw ONE_REDIRECT.error();
                    }
                    options.redirect = call.longArg(++i);
                    if (clients.find(options.redirect) == null) {
                        throw NO_SUCH_TARGET.error();
                    }
                }
                case "prefix" -> {
                    if (!more) {
                        throw Errors.syntax();
                    }
                    options.prefixes.add(call.bytes(++i));
                }
                case "bcast" -> options.broadcast = true;
                case "optin" -> options.optIn = true;
                case "optout" -> options.optOut = true;
                case "noloop" -> options.noLoop = true;
                default -> throw Errors.syntax();
            }
        }
        return options;
    }

    private static void checkCompatible(Options options, @Nullable TrackingMode before) {
        if (!options.broadcast && !options.prefixes.isEmpty()) {
            throw PREFIX_ALONE.error();
        }
        if (before != null && before.broadcast != options.broadcast) {
            throw SWITCH_BCAST.error();
        }
        if (options.broadcast && (options.optIn || options.optOut)) {
            throw OPT_AND_BCAST.error();
        }
        if (options.optIn && options.optOut) {
            throw BOTH_OPTS.error();
        }
        boolean switches =
                before != null
                        && ((options.optIn && before.optOut) || (options.optOut && before.optIn));
        if (switches) {
            throw SWITCH_OPT.error();
        }
        if (before != null) {
            checkApart(options.prefixes, before.prefixes);
        }
        checkApart(options.prefixes);
    }

    /** No new prefix may begin with one from before, or the other way around, or be the same. */
    private static void checkApart(List<byte[]> added, List<byte[]> before) {
        for (byte[] prefix : added) {
            for (byte[] other : before) {
                if (overlap(prefix, other)) {
                    throw overlapping(prefix, "an existing", other);
                }
            }
        }
    }

    private static void checkApart(List<byte[]> added) {
        for (int i = 0; i < added.size(); i++) {
            for (int j = i + 1; j < added.size(); j++) {
                if (overlap(added.get(i), added.get(j))) {
                    throw overlapping(added.get(i), "another provided", added.get(j));
                }
            }
        }
    }

    private static boolean overlap(byte[] a, byte[] b) {
        int common = Math.min(a.length, b.length);
        return Arrays.equals(a, 0, common, b, 0, common);
    }

    private static RuntimeException overlapping(byte[] prefix, String whose, byte[] other) {
        return ErrorReply.of(
                        "ERR Prefix '"
                                + new String(prefix, StandardCharsets.ISO_8859_1)
                                + "' overlaps with "
                                + whose
                                + " prefix '"
                                + new String(other, StandardCharsets.ISO_8859_1)
                                + "'. Prefixes for a single client must not overlap.")
                .error();
    }

    private static TrackingMode mode(Options options, @Nullable TrackingMode before) {
        List<byte[]> prefixes = new ArrayList<>();
        if (options.broadcast) {
            if (before != null) {
                prefixes.addAll(before.prefixes);
            }
            if (options.prefixes.isEmpty() && prefixes.isEmpty()) {
                prefixes.add(EVERYTHING);
            }
            prefixes.addAll(options.prefixes);
            prefixes.sort(Arrays::compareUnsigned);
        }
        TrackingMode mode =
                new TrackingMode(
                        options.broadcast,
                        options.optIn,
                        options.optOut,
                        options.noLoop,
                        options.redirect,
                        List.copyOf(prefixes));
        if (before != null) {
            mode.caching = before.caching;
        }
        return mode;
    }

    private void caching(Call call) {
        TrackingMode mode = call.client().tracking;
        if (mode == null) {
            throw CACHING_OFF.error();
        }
        if (call.is(2, YES)) {
            if (!mode.optIn) {
                throw YES_IN_OPTIN.error();
            }
            mode.caching = TrackingMode.Caching.YES;
        } else if (call.is(2, NO)) {
            if (!mode.optOut) {
                throw NO_IN_OPTOUT.error();
            }
            mode.caching = TrackingMode.Caching.NO;
        } else {
            throw Errors.syntax();
        }
        call.reply().ok();
    }

    private void getRedir(Call call) {
        TrackingMode mode = call.client().tracking;
        call.reply().integer(mode == null ? -1 : mode.redirect);
    }

    private void trackingInfo(Call call) {
        TrackingMode mode = call.client().tracking;
        Reply reply = call.reply();
        List<String> flags = flags(mode);
        reply.map(3);
        reply.bulk("flags");
        reply.set(flags.size());
        flags.forEach(reply::bulk);
        reply.bulk("redirect");
        reply.integer(mode == null ? -1 : mode.redirect);
        reply.bulk("prefixes");
        List<byte[]> prefixes = mode == null ? List.of() : mode.prefixes;
        reply.array(prefixes.size());
        prefixes.forEach(reply::bulk);
    }

    private static List<String> flags(@Nullable TrackingMode mode) {
        List<String> flags = new ArrayList<>();
        if (mode == null) {
            flags.add("off");
            return flags;
        }
        flags.add("on");
        note(flags, mode.broadcast, "bcast");
        note(flags, mode.optIn, "optin");
        note(flags, mode.optIn && mode.caching == TrackingMode.Caching.YES, "caching-yes");
        note(flags, mode.optOut, "optout");
        note(flags, mode.optOut && mode.caching == TrackingMode.Caching.NO, "caching-no");
        note(flags, mode.noLoop, "noloop");
        note(flags, mode.broken, "broken_redirect");
        return flags;
    }

    private static void note(List<String> flags, boolean on, String name) {
        if (on) {
            flags.add(name);
        }
    }
}
