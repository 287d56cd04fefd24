package io.carnelian.aof.load;

import io.carnelian.aof.log.AofReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Some commands of a file on their way to the command thread: their bytes one after the other, as
 * in the file but for the lines between them, and where their arguments are.
 */
final class Chunk {
    static final int BYTES = 256 * 1024;

    private static final int FIRST_COMMANDS = 1024;

    final String file;
    final ByteBuf bytes;
    private int[] argc = new int[FIRST_COMMANDS];
    private long[] offset = new long[FIRST_COMMANDS];
    private int[] args = new int[8 * FIRST_COMMANDS];
    private int commands;
    private int argCount;

    Chunk(String file, ByteBufAllocator allocator) {
        this.file = file;
        this.bytes = allocator.directBuffer(BYTES);
    }

    /** Adds the command that was told last. */
    void add(AofReader reader) {
        if (commands == argc.length) {
            argc = Arrays.copyOf(argc, 2 * commands);
            offset = Arrays.copyOf(offset, 2 * commands);
        }
        int count = reader.argc();
        if (2 * (argCount + count) > args.length) {
            args = Arrays.copyOf(args, Math.max(2 * args.length, 2 * (argCount + count)));
        }
        int from = reader.startIndex();
        int base = bytes.writerIndex() - from;
        for (int i = 0; i < count; i++) {
            args[2 * argCount] = base + reader.argIndex(i);
            args[2 * argCount + 1] = reader.argLength(i);
            argCount++;
        }
        argc[commands] = count;
        offset[commands] = reader.startOffset();
        commands++;
        ByteBuffer record = reader.buffer().duplicate();
        record.limit(reader.endIndex()).position(from);
        bytes.writeBytes(record);
    }

    boolean isFull() {
        return bytes.readableBytes() >= BYTES;
    }

    int commands() {
        return commands;
    }

    int argcOf(int command) {
        return argc[command];
    }

    /** Where the command begins in the file. */
    long offsetOf(int command) {
        return offset[command];
    }

    /** Address of an argument, counted over all commands. */
    long address(int arg) {
        return bytes.memoryAddress() + args[2 * arg];
    }

    int length(int arg) {
        return args[2 * arg + 1];
    }
}
