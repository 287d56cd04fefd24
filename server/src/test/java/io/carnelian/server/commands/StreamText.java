package io.carnelian.server.commands;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The write stream as text: a line a command, with its database where that is not 0. {@code [3] SET
 * k v}. SELECT itself is left out, and MULTI and EXEC belong to no database.
 */
final class StreamText {
    private static final List<String> BRACKETS = List.of("MULTI", "EXEC");

    private int db;

    /** The next bytes of the stream: whole commands. */
    List<String> read(byte[] encoded) throws IOException {
        List<String> lines = new ArrayList<>();
        for (String command : RespText.commands(encoded)) {
            if (command.startsWith("SELECT ")) {
                db = Integer.parseInt(command.substring(7));
            } else {
                boolean bare = db == 0 || BRACKETS.contains(command);
                lines.add(bare ? command : "[" + db + "] " + command);
            }
        }
        return lines;
    }
}
