package io.carnelian.server.commands;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Asks a redis-server for the answers of transcripts and writes them into the files. Not a test:
 * run it by hand after adding commands to a file, on a machine with redis-server 7.0.15.
 *
 * <pre>
 *   java -cp … io.carnelian.server.commands.TranscriptRecorder file.transcript …
 * </pre>
 *
 * What a command propagates is read from the append-only file, which redis-server writes before it
 * replies.
 */
final class TranscriptRecorder implements AutoCloseable {
    /**
     * Times that a real clock gave are rounded down to this, so that a recording can be repeated.
     */
    private static final long GRAIN_MS = 100;

    private static final long NEAR_MS = 1_000_000_000;
    private static final Pattern TIME = Pattern.compile("\\b\\d{13}\\b");

    private final Path directory = Files.createTempDirectory("transcript");
    private final Process process;
    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final StreamText stream = new StreamText();

    private TranscriptRecorder() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        process = start(port, directory);
        socket = connect(port);
        in = new BufferedInputStream(socket.getInputStream());
        out = socket.getOutputStream();
        ask("DEBUG", "SET-ACTIVE-EXPIRE", "0");
    }

    private static Process start(int port, Path directory) throws IOException {
        List<String> command = new ArrayList<>(List.of("redis-server", "--bind", "127.0.0.1"));
        command.addAll(List.of("--port", Integer.toString(port), "--dir", directory.toString()));
        command.addAll(List.of("--appendonly", "yes", "--appendfsync", "no", "--save", ""));
        command.addAll(List.of("--enable-debug-command", "yes"));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
    }

    private static Socket connect(int port) throws Exception {
        for (int tries = 0; ; tries++) {
            try {
                return new Socket(InetAddress.getLoopbackAddress(), port);
            } catch (IOException e) {
                if (tries == 100) {
                    throw e;
                }
                Thread.sleep(50);
            }
        }
    }

    public static void main(String[] files) throws Exception {
        for (String file : files) {
            try (TranscriptRecorder recorder = new TranscriptRecorder()) {
                Path path = Path.of(file);
                recorder.record(Transcript.read(path)).write(path);
            }
        }
    }

    private Transcript record(Transcript questions) throws Exception {
        List<Transcript.Step> answered = new ArrayList<>();
        for (Transcript.Step step : questions.steps()) {
            if (step.isCommand()) {
                answered.add(answer(step));
            } else {
                answered.add(step);
                if (step.isDirective()) {
                    obey(step.words());
                }
            }
        }
        return new Transcript(answered);
    }

    private void obey(String[] directive) throws Exception {
        switch (directive[0]) {
            case "advance" -> Thread.sleep(Long.parseLong(directive[1]));
            case "list" -> ask("RPUSH", directive[1], "element");
            default -> throw new IOException("no such directive: " + Arrays.toString(directive));
        }
    }

    private Transcript.Step answer(Transcript.Step step) throws Exception {
        long nowMs = System.currentTimeMillis();
        String line = Transcript.withTimes(step.line(), nowMs);
        long streamBefore = Files.size(appendOnlyFile());
        long changesBefore = changes();
        String reply = ask(RespText.words(line.substring(2)));
        long changes = changes() - changesBefore;
        byte[] propagated = Files.readAllBytes(appendOnlyFile());
        byte[] news = Arrays.copyOfRange(propagated, (int) streamBefore, propagated.length);
        List<String> effects = new ArrayList<>();
        for (String effect : stream.read(news)) {
            effects.add(withPlaceholders(effect, nowMs));
        }
        return new Transcript.Step(step.line(), reply, effects, changes);
    }

    private static String withPlaceholders(String text, long nowMs) {
        return TIME.matcher(text)
                .replaceAll(m -> {
                    long offset = Long.parseLong(m.group()) - nowMs;
                    return Math.abs(offset) > NEAR_MS
                            ? m.group()
                            : String.format("{now%+d}", Math.floorDiv(offset, GRAIN_MS) * GRAIN_MS);
                });
    }

    private Path appendOnlyFile() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("appendonlydir"))) {
            return files.filter(f -> f.toString().endsWith(".incr.aof")).findFirst().orElseThrow();
        }
    }

    private long changes() throws IOException {
        String info = ask("INFO", "persistence");
        int from = info.indexOf("rdb_changes_since_last_save:") + 28;
        return Long.parseLong(info.substring(from, info.indexOf("\\x0d", from)));
    }

    private String ask(String... args) throws IOException {
        StringBuilder request = new StringBuilder("*" + args.length + "\r\n");
        for (String arg : args) {
            request.append('$').append(arg.length()).append("\r\n").append(arg).append("\r\n");
        }
        out.write(request.toString().getBytes(StandardCharsets.ISO_8859_1));
        return RespText.read(in);
    }

    @Override
    public void close() throws IOException {
        socket.close();
        process.destroy();
        process.onExit().join();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
