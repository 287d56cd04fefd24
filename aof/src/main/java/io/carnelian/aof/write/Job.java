package io.carnelian.aof.write;

import io.netty.buffer.ByteBuf;
import java.io.IOException;

/** What the command thread hands to the writer; done in the order of handing over. */
sealed interface Job {
    /** The next bytes of the stream; the writer releases them. */
    record Bytes(ByteBuf bytes) implements Job {}

    /** Bytes that are not of the stream: a SELECT for a file's beginning, a timestamp. */
    record Aside(byte[] bytes) implements Job {}

    /**
     * A line that says where the stream is here.
     *
     * @param offset behind all bytes handed over before
     */
    record Place(String replid, long offset, long timeMs) implements Job {}

    /** Something to be done with the files, when everything handed over before is written. */
    record Step(String what, Work work) implements Job {}

    /** Done on the writer thread. */
    @FunctionalInterface
    interface Work {
        void run() throws IOException;
    }
}
