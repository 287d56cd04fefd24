package io.carnelian.server.block;

import io.carnelian.server.command.Executor;
import io.carnelian.server.resp.Reply;
import java.util.function.Consumer;

/**
 * How the clients of one blocking command are served.
 *
 * @param type the type of value that serves them, as {@code Record} numbers it
 * @param serve does the command with the key at an argument, which holds a value; of another type,
 *     it refuses it. Used at once and after a wait; tells its effect in the words of the command
 *     that does not block
 * @param nothing what the command answers inside a transaction, where it does not wait; when its
 *     time is over, every command answers a null array
 */
public record Service(int type, Executor.Ending serve, Consumer<Reply> nothing) {}
