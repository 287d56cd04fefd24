package io.carnelian.aof.log;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Which files an AOF is made of: what is loaded, in this order, and what can be deleted. A value:
 * every change makes a new one, which counts from the moment when its text has taken the place of
 * the old one's on the disk.
 *
 * <pre>
 *   file appendonly.aof.2.base.rdb seq 2 type b     at most one base
 *   file appendonly.aof.1.base.rdb seq 1 type h     history: not loaded, deleted some time
 *   file appendonly.aof.3.incr.aof seq 3 type i     increments, sequence numbers growing
 *
 *   start            withIncr                       i1
 *   rewrite begins   withIncr                       i1 i2        writes go to i2 from the cut on
 *   rewrite ends     withRewritten                  b1 h:i1 i2   b1 is the data at the cut
 *   files deleted    withoutHistory                 b1 i2
 * </pre>
 *
 * What is refused, and in which words, and the text, byte for byte, are those of redis-server
 * 7.0.15.
 */
public final class Manifest {
    /** Longest line that Redis reads, its end included. */
    static final int MAX_LINE_BYTES = 1024;

    private static final String EMPTY_FILE = "Found an empty AOF manifest";
    private static final String TOO_LONG = "The AOF manifest file contains too long line";
    private static final String FORMAT = "Invalid AOF manifest file format";
    private static final String PATH = "File can't be a path, just a filename";
    private static final String SECOND_BASE = "Found duplicate base file information";
    private static final String ORDER = "Found a non-monotonic sequence number";
    private static final String TYPE = "Unknown AOF file type";

    private static final Manifest EMPTY = new Manifest(null, List.of(), List.of(), 0, 0);

    private final @Nullable AofFile base;
    private final List<AofFile> incrs;
    private final List<AofFile> history;

    /** Last numbers given, so that no name comes twice while old files may still be there. */
    private final long baseSeq;

    private final long incrSeq;

    private Manifest(
            @Nullable AofFile base,
            List<AofFile> incrs,
            List<AofFile> history,
            long baseSeq,
            long incrSeq) {
        this.base = base;
        this.incrs = List.copyOf(incrs);
        this.history = List.copyOf(history);
        this.baseSeq = baseSeq;
        this.incrSeq = incrSeq;
    }

    /** No file yet. */
    public static Manifest empty() {
        return EMPTY;
    }

    /** Of the single file that Redis had before version 7, which becomes the base by its name. */
    public static Manifest ofOldStyle(String name) {
        AofFile only = new AofFile(name, 1, AofFile.Type.BASE);
        return new Manifest(only, List.of(), List.of(), 1, 0);
    }

    /**
     * Reads a manifest.
     *
     * @param text the whole file
     * @throws ManifestException where redis-server refuses to start
     */
    public static Manifest parse(byte[] text) throws ManifestException {
        Parser parser = new Parser();
        int at = 0;
        while (at < text.length) {
            int end = lineEnd(text, at);
            parser.line(text, at, end);
            at = end;
        }
        return parser.result();
    }

    private static int lineEnd(byte[] text, int from) {
        int most = (int) Math.min(text.length, from + (long) MAX_LINE_BYTES);
        for (int i = from; i < most; i++) {
            if (text[i] == '\n') {
                return i + 1;
            }
        }
        return most;
    }

    /** Whether a file looks like a manifest, by its beginning; files of commands and RDB don't. */
    public static boolean isManifest(byte[] beginning) {
        int at = 0;
        while (at < beginning.length) {
            int end = lineEnd(beginning, at);
            if (beginning[at] != '#') {
                return end - at >= 4
                        && new String(beginning, at, 4, StandardCharsets.ISO_8859_1).equals("file");
            }
            at = end;
        }
        return false;
    }

    /** The file, byte for byte; only ASCII. */
    public byte[] text() {
        StringBuilder to = new StringBuilder();
        AofFile first = base;
        if (first != null) {
            put(to, first);
        }
        for (AofFile file : history) {
            put(to, file);
        }
        for (AofFile file : incrs) {
            put(to, file);
        }
        return to.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void put(StringBuilder to, AofFile file) {
        to.append("file ");
        ManifestWords.put(to, file.name());
        to.append(" seq ").append(file.seq()).append(" type ");
        to.append(file.type().letter()).append('\n');
    }

    /** All the data at one moment, or null: then the increments began with no data. */
    public @Nullable AofFile base() {
        return base;
    }

    /** In the order of loading; the last is being written. */
    public List<AofFile> incrs() {
        return incrs;
    }

    /** What can be deleted. */
    public List<AofFile> history() {
        return history;
    }

    /** The increment that is being written, or null. */
    public @Nullable AofFile lastIncr() {
        return incrs.isEmpty() ? null : incrs.getLast();
    }

    /** What is loaded, in this order. */
    public List<AofFile> toLoad() {
        List<AofFile> files = new ArrayList<>(incrs.size() + 1);
        AofFile first = base;
        if (first != null) {
            files.add(first);
        }
        files.addAll(incrs);
        return files;
    }

    /** With one more increment, to be written from now on. */
    public Manifest withIncr(AofNames names) {
        long seq = incrSeq + 1;
        List<AofFile> more = new ArrayList<>(incrs);
        more.add(new AofFile(names.incr(seq), seq, AofFile.Type.INCR));
        return new Manifest(base, more, history, baseSeq, seq);
    }

    /** The name of the base that {@link #withRewritten} will put in, for writing it before. */
    public String nextBase(AofNames names, boolean rdb) {
        return names.base(baseSeq + 1, rdb);
    }

    /**
     * After a rewrite: a new base, and what it holds becomes history: the old base and all
     * increments before the one that was begun at the cut.
     *
     * @param firstKept sequence number of the increment begun at the cut; {@link Long#MAX_VALUE}
     *     while nothing is written (appendonly no)
     */
    public Manifest withRewritten(AofNames names, boolean rdb, long firstKept) {
        List<AofFile> kept = new ArrayList<>();
        List<AofFile> past = new ArrayList<>();
        for (AofFile file : incrs) {
            if (file.seq() >= firstKept) {
                kept.add(file);
            } else {
                past.add(file.as(AofFile.Type.HISTORY));
            }
        }
        AofFile old = base;
        if (old != null) {
            past.add(old.as(AofFile.Type.HISTORY));
        }
        past.addAll(history);
        long seq = baseSeq + 1;
        AofFile made = new AofFile(names.base(seq, rdb), seq, AofFile.Type.BASE);
        return new Manifest(made, kept, past, seq, incrSeq);
    }

    /** After the deletion of what is not needed. */
    public Manifest withoutHistory() {
        return new Manifest(base, incrs, List.of(), baseSeq, incrSeq);
    }

    /** Without history, and without the increments behind a file; of what one could load then. */
    public Manifest upTo(AofFile last) {
        List<AofFile> kept = new ArrayList<>();
        for (AofFile file : incrs) {
            if (last.type() == AofFile.Type.INCR && file.seq() <= last.seq()) {
                kept.add(file);
            }
        }
        return new Manifest(base, kept, List.of(), baseSeq, incrSeq);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Manifest that
                && toLoad().equals(that.toLoad())
                && history.equals(that.history)
                && baseSeq == that.baseSeq
                && incrSeq == that.incrSeq;
    }

    @Override
    public int hashCode() {
        return 31 * toLoad().hashCode() + history.hashCode();
    }

    /** For messages. */
    @Override
    public String toString() {
        return new String(text(), StandardCharsets.UTF_8);
    }

    /** What the lines so far have said. */
    private static final class Parser {
        private @Nullable AofFile base;
        private final List<AofFile> incrs = new ArrayList<>();
        private final List<AofFile> history = new ArrayList<>();
        private long baseSeq;
        private long incrSeq;
        private int lines;

        void line(byte[] text, int from, int end) throws ManifestException {
            lines++;
            if (text[from] == '#') {
                return;
            }
            if (text[end - 1] != '\n') {
                throw new ManifestException(0, "", TOO_LONG);
            }
            int first = from;
            int to = end;
            while (to > first && ManifestWords.isBlank(text[to - 1])) {
                to--;
            }
            while (first < to && ManifestWords.isBlank(text[first])) {
                first++;
            }
            List<String> words = ManifestWords.split(text, first, to);
            String shown = new String(text, first, to - first, StandardCharsets.UTF_8);
            if (words == null || words.size() < 6 || words.size() % 2 != 0) {
                throw new ManifestException(lines, shown, FORMAT);
            }
            file(words, shown);
        }

        private void file(List<String> words, String shown) throws ManifestException {
            String name = "";
            long seq = 0;
            String type = "";
            // Keys that are not known are left for what comes after Redis 7.
            for (int i = 0; i < words.size(); i += 2) {
                String value = words.get(i + 1);
                switch (words.get(i).toLowerCase(Locale.ROOT)) {
                    case "file" -> {
                        name = value;
                        if (!AofNames.isFileName(name)) {
                            throw new ManifestException(
                                    lines, shown, name.isEmpty() ? FORMAT : PATH);
                        }
                    }
                    case "seq" -> seq = leadingNumber(value);
                    case "type" -> type = value;
                    default -> {}
                }
            }
            if (name.isEmpty() || seq == 0 || type.isEmpty()) {
                throw new ManifestException(lines, shown, FORMAT);
            }
            add(name, seq, type.charAt(0), shown);
        }

        private void add(String name, long seq, char type, String shown) throws ManifestException {
            switch (type) {
                case 'b' -> {
                    if (base != null) {
                        throw new ManifestException(lines, shown, SECOND_BASE);
                    }
                    base = new AofFile(name, seq, AofFile.Type.BASE);
                    baseSeq = seq;
                }
                case 'h' -> history.add(new AofFile(name, seq, AofFile.Type.HISTORY));
                case 'i' -> {
                    if (seq <= incrSeq) {
                        throw new ManifestException(lines, shown, ORDER);
                    }
                    incrs.add(new AofFile(name, seq, AofFile.Type.INCR));
                    incrSeq = seq;
                }
                default -> throw new ManifestException(lines, shown, TYPE);
            }
        }

        Manifest result() throws ManifestException {
            if (lines == 0) {
                throw new ManifestException(0, "", EMPTY_FILE);
            }
            return new Manifest(base, incrs, history, baseSeq, incrSeq);
        }

        /** The digits that a word begins with, as C reads numbers; 0 if there are none. */
        private static long leadingNumber(String word) {
            boolean negative = word.startsWith("-");
            long v = 0;
            for (int i = negative ? 1 : 0; i < word.length(); i++) {
                int digit = word.charAt(i) - '0';
                if (digit < 0 || digit > 9) {
                    break;
                }
                if (v > (Long.MAX_VALUE - digit) / 10) {
                    return negative ? Long.MIN_VALUE : Long.MAX_VALUE;
                }
                v = v * 10 + digit;
            }
            return negative ? -v : v;
        }
    }
}
