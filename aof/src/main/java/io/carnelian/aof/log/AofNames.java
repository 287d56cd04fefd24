package io.carnelian.aof.log;

/**
 * The names of the files of an AOF, all made of one parameter. They stand in a directory of their
 * own.
 *
 * @param appendFilename the parameter of that name: without a path, as {@code appendonly.aof}
 */
public record AofNames(String appendFilename) {
    /** What files in the making begin with: a start may delete them. */
    public static final String TEMPORARY = "temp-";

    public AofNames {
        if (!isFileName(appendFilename)) {
            throw new IllegalArgumentException("not the name of a file: " + appendFilename);
        }
    }

    /** As {@code appendonly.aof.manifest}. */
    public String manifest() {
        return appendFilename + ".manifest";
    }

    /** Where the next manifest is written before it takes the place of the one that is there. */
    public String temporaryManifest() {
        return TEMPORARY + manifest();
    }

    /**
     * As {@code appendonly.aof.1.base.rdb}.
     *
     * @param rdb whether it holds an RDB file; commands otherwise ({@code aof-use-rdb-preamble no})
     */
    public String base(long seq, boolean rdb) {
        return appendFilename + "." + seq + (rdb ? ".base.rdb" : ".base.aof");
    }

    /** As {@code appendonly.aof.1.incr.aof}. */
    public String incr(long seq) {
        return appendFilename + "." + seq + ".incr.aof";
    }

    /** Where commands go that come before the manifest can name a file for them. */
    public String temporaryIncr() {
        return TEMPORARY + appendFilename + ".incr";
    }

    /** Whether a base or an increment is called so. */
    public boolean isDataFile(String name) {
        return name.startsWith(appendFilename)
                && name.substring(appendFilename.length())
                        .matches("\\.[0-9]+\\.(base\\.(rdb|aof)|incr\\.aof)");
    }

    /** Whether this is a file's name alone: Redis refuses both kinds of slashes in a manifest. */
    static boolean isFileName(String name) {
        return !name.isEmpty() && name.indexOf('/') < 0 && name.indexOf('\\') < 0;
    }
}
