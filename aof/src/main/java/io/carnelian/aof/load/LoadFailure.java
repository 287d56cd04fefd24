package io.carnelian.aof.load;

import java.io.IOException;

/** The files can't be loaded; {@link #tell} puts the reason into the log. */
final class LoadFailure extends IOException {
    private static final long serialVersionUID = 1L;

    private final transient Runnable report;

    LoadFailure(String message, Runnable report) {
        super(message);
        this.report = report;
    }

    void tell() {
        report.run();
    }
}
