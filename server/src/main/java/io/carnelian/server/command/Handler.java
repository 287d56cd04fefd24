package io.carnelian.server.command;

/** Runs one command: parse the arguments, look up, check, mutate, reply. Command thread only. */
@FunctionalInterface
public interface Handler {
    void handle(Call call);
}
