// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.command;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceReference;
import org.platter.disk.DiskManager;
import org.platter.disk.Job;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.shell.print.Places;
import org.platter.shell.print.Progress;
import org.platter.shell.print.Text;

/** What surrounds one command while it runs. Whatever the command opens is closed with it, the last first. */
public final class Invocation implements Closeable {
    private final DiskManager manager;
    private final OpenDisks disks;
    private final Console console;
    private final Cancellation cancellation;
    private final Progress.Style style;
    private final Deque<Closeable> opened = new ArrayDeque<>();

    /** One run of a command. */
    public Invocation(
            DiskManager manager, OpenDisks disks, Console console, Cancellation cancellation, Progress.Style style) {
        this.manager = manager;
        this.disks = disks;
        this.console = console;
        this.cancellation = cancellation;
        this.style = style;
    }

    /** The platform. */
    public DiskManager manager() {
        return manager;
    }

    /**
     * Another service of the platform.
     *
     * @throws DiskException {@code NOT_SUPPORTED} if no bundle offers it
     */
    public <S> S service(Class<S> type) throws DiskException {
        return findService(type)
                .orElseThrow(() -> new DiskException(
                        ErrorCode.NOT_SUPPORTED, "no bundle that is installed offers " + type.getSimpleName()));
    }

    /** Another service of the platform, if a bundle offers it. */
    public <S> Optional<S> findService(Class<S> type) {
        BundleContext context = FrameworkUtil.getBundle(Invocation.class).getBundleContext();
        ServiceReference<S> reference = context.getServiceReference(type);
        return Optional.ofNullable(reference == null ? null : context.getService(reference));
    }

    /** The disks that stay open. */
    public OpenDisks disks() {
        return disks;
    }

    /** What the command is connected with. */
    public Console console() {
        return console;
    }

    /** Whether it should stop. */
    public Cancellation cancellation() {
        return cancellation;
    }

    /** The file of that name. */
    public Path file(String name) {
        return Console.path(name, console.directory());
    }

    /** Sees to it that this is closed after the command. */
    public <C extends Closeable> C closing(C closeable) {
        opened.push(closeable);
        return closeable;
    }

    /** The same for a part of the command, after which everything that the part opens is closed. */
    public Invocation nested() {
        return new Invocation(manager, disks, console, cancellation, style);
    }

    /** Gives what is open to the caller, who closes it; it does not end with the command then. */
    public Closeable keepOpen() {
        Invocation rest = nested();
        rest.opened.addAll(opened);
        opened.clear();
        return rest;
    }

    /** A line for the user beside the result. */
    public void note(String line) {
        console.err().println(Text.safe(Places.withoutSecrets("platter: " + line)));
    }

    /** Waits for a job, shows its progress, and cancels it if the command is asked to stop. */
    public <T> T await(Job<T> job) throws DiskException {
        Progress progress = Progress.of(style, console.err(), console.columns());
        CountDownLatch ended = new CountDownLatch(1);
        job.done().whenComplete((result, failure) -> ended.countDown());
        boolean interrupted = false;
        try (Cancellation.Registration registration = cancellation.onRequest(job::cancel)) {
            while (!ended(ended)) {
                progress.show(job);
            }
        } catch (InterruptedException e) {
            job.cancel();
            interrupted = true;
        }
        progress.end(job);
        try {
            return job.join();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static boolean ended(CountDownLatch latch) throws InterruptedException {
        return latch.await(Progress.INTERVAL, TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() throws IOException {
        IOException failure = null;
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (IOException e) {
                failure = failure == null ? e : failure;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
