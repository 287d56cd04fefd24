package io.carnelian.server.memory;

import java.util.concurrent.locks.LockSupport;

/**
 * Keeps some free pages ready with memory behind them, on a thread of its own, so that the command
 * thread takes no page faults; and gives the memory behind too many of them back, slowly.
 *
 * <p>Why: the first touch of a huge page costs what zeroing 2 MiB takes, 0.1 ms at best; in a
 * virtual machine whose host has to find the memory first 5 ms were measured, 31 at worst. A burst
 * of overwrites after a snapshot's cut touches hundreds of them. And what a snapshot has borrowed
 * is soon wanted again by the next one, so giving it back at once would only move the cost.
 *
 * <pre>
 *   free resident pages   0 ........ ready ................. ready + 1/8 of used + 16 MiB .......
 *                         populate ──┘        leave alone                      └── give back
 * </pre>
 */
public final class PageKeeper implements Runnable {
    private static final int MIN_READY_PAGES = (4 << 20) >>> Pages.PAGE_SHIFT;
    private static final int MAX_READY_PAGES = (512 << 20) >>> Pages.PAGE_SHIFT;
    private static final int SPARE_PAGES = (16 << 20) >>> Pages.PAGE_SHIFT;
    private static final int READY_PART = 6;
    private static final int KEEP_PART = 8;

    /** Of what is too much, this part goes back each round, so most of it in some ten seconds. */
    private static final int GIVE_BACK_PART = 64;

    /** A search looks at some thousand runs, so that it does not hold others up for long. */
    private static final int SEARCHES = 64;

    private static final int HUGE_PAGES = (2 << 20) >>> Pages.PAGE_SHIFT;
    private static final long ROUND_NANOS = 100_000_000;

    private final Pages pages;
    private volatile boolean ended;
    private volatile boolean populateWorks = true;

    public PageKeeper(Pages pages) {
        this.pages = pages;
    }

    /** Works until {@link #end}; to be run by a thread of its own. */
    @Override
    public void run() {
        Thread self = Thread.currentThread();
        while (!ended) {
            round(() -> LockSupport.unpark(self));
            LockSupport.parkNanos(this, ROUND_NANOS);
        }
        pages.wakeBelow(0, Thread::yield);
    }

    public void end() {
        ended = true;
    }

    /** One round of work; {@code wake} is run when the next one should not wait. */
    void round(Runnable wake) {
        while (!ended && populateWorks && pages.idleResidentPages() < readyPages()) {
            if (!populateSome()) {
                break;
            }
        }
        int tooMany = pages.idleResidentPages() - mostPages();
        for (int given = 0; given * GIVE_BACK_PART < tooMany; given += HUGE_PAGES) {
            if (!discardSome()) {
                break;
            }
        }
        pages.wakeBelow(readyPages() / 2, wake);
    }

    private boolean populateSome() {
        int run = 0;
        for (int i = 0; i < SEARCHES && run == 0; i++) {
            run = pages.takeBare();
        }
        if (run == 0) {
            return false;
        }
        boolean done = SystemCalls.populate(pages.pageAddress(run), pages.runBytes(run));
        pages.returnBare(run, done);
        populateWorks = done;
        return true;
    }

    /** The system call runs while nobody waits for the lock: the page is nobody's meanwhile. */
    private boolean discardSome() {
        int run = pages.takeIdle();
        if (run == 0) {
            return false;
        }
        SystemCalls.discard(pages.pageAddress(run), pages.runBytes(run));
        pages.returnBare(run, false);
        return true;
    }

    private int readyPages() {
        int part = pages.usedPages() / READY_PART;
        return Math.clamp(part, MIN_READY_PAGES, MAX_READY_PAGES);
    }

    private int mostPages() {
        return readyPages() + pages.usedPages() / KEEP_PART + SPARE_PAGES;
    }
}
