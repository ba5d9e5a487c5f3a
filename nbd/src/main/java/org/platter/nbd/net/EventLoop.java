// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.net;

import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * One thread that waits for sockets and runs what is ready. Handlers are called on it and nowhere else, and must not
 * block. It starts with the constructor and ends with {@link #close()}, which closes all its sockets.
 */
public final class EventLoop implements Closeable {
    private static final Logger LOG = System.getLogger(EventLoop.class.getName());
    private static final long TICK_MILLIS = 500;

    private final Selector selector;
    private final Thread thread;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean woken = new AtomicBoolean();
    private final Runnable whenEnded;
    private volatile boolean closed;

    /** Starts the thread under that name. */
    public EventLoop(String name) throws IOException {
        this(name, () -> {});
    }

    /** The same, running the task when it has ended. */
    public EventLoop(String name, Runnable whenEnded) throws IOException {
        this.whenEnded = whenEnded;
        selector = Selector.open();
        thread = new Thread(this::run, name);
        thread.setDaemon(true);
        thread.start();
    }

    /** What a socket belongs to. */
    public interface Handler {
        /** The socket can do some of these {@link SelectionKey} operations. */
        void ready(int operations);

        /** Some time has passed, about half a second. */
        void tick(long now);

        /** The socket is to be closed: the loop ends, or the handler has thrown. */
        void close();
    }

    /** Runs the task on the loop's thread, soon; forgotten once the loop is closed. */
    public void execute(Runnable task) {
        tasks.add(task);
        wake();
    }

    /** Runs the task on the loop's thread and waits for its end; if the loop is closed, on this thread. */
    public void call(Runnable task) {
        if (inside() || !thread.isAlive()) {
            task.run();
            return;
        }
        CountDownLatch done = new CountDownLatch(1);
        execute(() -> {
            try {
                task.run();
            } finally {
                done.countDown();
            }
        });
        try {
            while (!done.await(TICK_MILLIS, TimeUnit.MILLISECONDS) && thread.isAlive()) {
                LOG.log(Level.TRACE, "the loop is busy");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Lets go of closed sockets now and not when the loop gets to it; on the loop's thread, outside handlers. */
    public void settle() throws IOException {
        selector.selectNow(key -> {});
    }

    /** True on the loop's own thread. */
    public boolean inside() {
        return Thread.currentThread() == thread;
    }

    /** Waits for a socket from now on; on the loop's thread, except before anything else can know of the socket. */
    public SelectionKey register(SelectableChannel channel, int operations, Handler handler) throws IOException {
        channel.configureBlocking(false);
        return channel.register(selector, operations, handler);
    }

    /** Waits for this operation too; on any thread. */
    public void await(SelectionKey key, int operation) {
        try {
            if ((key.interestOpsOr(operation) & operation) == 0 && !inside()) {
                wake();
            }
        } catch (CancelledKeyException e) {
            LOG.log(Level.TRACE, "nothing to wait for", e);
        }
    }

    /** True once it is to end. */
    public boolean ended() {
        return closed;
    }

    /** Ends the loop after the tasks it has got so far, without waiting for that. */
    public void end() {
        closed = true;
        selector.wakeup();
    }

    /** Ends the loop after the tasks it has got so far. */
    @Override
    public void close() {
        end();
        if (!inside()) {
            joinQuietly();
        }
    }

    private void joinQuietly() {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void wake() {
        // one system call for any number of tasks
        if (!inside() && !woken.get() && woken.compareAndSet(false, true)) {
            selector.wakeup();
        }
    }

    private void run() {
        long nextTick = System.nanoTime() + TICK_MILLIS * 1_000_000;
        while (!closed) {
            try {
                selector.select(this::ready, selector.keys().isEmpty() ? 0 : TICK_MILLIS);
            } catch (IOException e) {
                LOG.log(Level.ERROR, "waiting for sockets failed", e);
                closed = true;
            }
            runTasks();
            if (System.nanoTime() - nextTick >= 0) {
                each(handler -> handler.tick(System.nanoTime()));
                nextTick = System.nanoTime() + TICK_MILLIS * 1_000_000;
            }
        }
        runTasks();
        each(Handler::close);
        runTasks();
        closeQuietly(selector);
        whenEnded.run();
    }

    private void runTasks() {
        woken.set(false);
        Runnable task;
        while ((task = tasks.poll()) != null) {
            guarded(task);
        }
    }

    private void ready(SelectionKey key) {
        Handler handler = (Handler) key.attachment();
        try {
            if (key.isValid()) {
                handler.ready(key.readyOps());
            }
        } catch (CancelledKeyException e) {
            handler.close();
        } catch (RuntimeException | Error e) {
            LOG.log(Level.WARNING, "a connection failed", e);
            handler.close();
        }
    }

    private void each(Consumer<Handler> action) {
        for (SelectionKey key : new ArrayList<>(selector.keys())) {
            if (key.isValid()) {
                guarded(() -> action.accept((Handler) key.attachment()));
            }
        }
    }

    private static void guarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            // what belongs to one connection must not end all others
            LOG.log(Level.WARNING, "a task failed", e);
        }
    }

    /** Closes what may be broken already. */
    public static void closeQuietly(Closeable closeable) {
        try {
            closeable.close();
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "closing failed", e);
        }
    }
}
