package io.carnelian.ops;

/** The server's entry point. So far it only says its version. */
public final class CarnelianServer {
    private CarnelianServer() {}

    /** Prints the version. */
    public static void main(String[] args) {
        System.out.println("Carnelian server v=0.1.0 bits=64");
    }
}
