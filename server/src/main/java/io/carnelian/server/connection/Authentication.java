package io.carnelian.server.connection;

import io.carnelian.server.client.Client;
import io.carnelian.server.command.Call;
import io.carnelian.server.command.Gate;
import io.carnelian.server.command.Gates;
import io.carnelian.server.config.Text;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/**
 * Who may run commands: everybody, or those who know {@code requirepass}. There is one user, {@code
 * default}. The AUTH gate is armed in the mask of a client that has not shown the password; a
 * client that connected while there was none stays in when one is set, as in Redis.
 */
public final class Authentication {
    private static final ErrorReply NO_PASSWORD_SET =
            ErrorReply.of(
                    "ERR AUTH <password> called without any password "
                            + "configured for the default user."
                            + " Are you sure your configuration is correct?");
    private static final ErrorReply WRONG =
            ErrorReply.of("WRONGPASS invalid username-password pair or user is disabled.");
    private static final String DEFAULT_USER = "default";

    private final Text requirepass;

    public Authentication(Text requirepass) {
        this.requirepass = requirepass;
    }

    public void addTo(Gates gates) {
        gates.install(Gate.AUTH, this::check);
    }

    /** Whether a new client must show the password. */
    public boolean isRequired() {
        return !requirepass.value.isEmpty();
    }

    private @Nullable ErrorReply check(Call call) {
        if (isRequired()) {
            return Errors.NOAUTH;
        }
        admit(call.client());
        return null;
    }

    /** Puts a client into the state of one that has just connected. */
    public void forget(Client client) {
        client.setUserName(DEFAULT_USER);
        client.authenticated = !isRequired();
        if (client.authenticated) {
            client.gates &= ~Gate.AUTH.bit();
        } else {
            client.gates |= Gate.AUTH.bit();
        }
    }

    /** AUTH with a password alone. */
    void authenticate(Client client, byte[] password) {
        if (!isRequired()) {
            throw NO_PASSWORD_SET.error();
        }
        authenticate(client, DEFAULT_USER, password);
    }

    /**
     * Lets the client in, or throws WRONGPASS. Without a password set the default user may say
     * anything.
     */
    void authenticate(Client client, String user, byte[] password) {
        byte[] wanted = requirepass.value.getBytes(StandardCharsets.ISO_8859_1);
        boolean right = !isRequired() || MessageDigest.isEqual(wanted, password);
        if (!user.equals(DEFAULT_USER) || !right) {
            throw WRONG.error();
        }
        admit(client);
    }

    private static void admit(Client client) {
        client.authenticated = true;
        client.gates &= ~Gate.AUTH.bit();
    }
}
