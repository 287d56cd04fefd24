package io.carnelian.server.resp;

/**
 * Ends a command with an error reply. Thrown by argument parsing and checks, caught once in {@code
 * Executor.call}; never thrown after the first mutation. Carries no stack trace: it is an answer,
 * not a fault.
 */
public final class CommandError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient ErrorReply reply;

    CommandError(ErrorReply reply) {
        super(reply.text(), null, false, false);
        this.reply = reply;
    }

    public ErrorReply reply() {
        return reply;
    }
}
