package io.carnelian.aof.log;

/** The bytes are not a manifest that Redis would take: says the line and the cause in its words. */
public final class ManifestException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int line;
    private final String text;
    private final String why;

    ManifestException(int line, String text, String why) {
        super(line == 0 ? why : "at line " + line + ", '" + text + "': " + why);
        this.line = line;
        this.text = text;
        this.why = why;
    }

    /** Number of the line, from 1; 0 if it is none in particular. */
    public int line() {
        return line;
    }

    /** The line without the blanks around it; empty if it is too long to be shown. */
    public String text() {
        return text;
    }

    /** The cause alone, as redis-server words it. */
    public String why() {
        return why;
    }
}
