// SPDX-License-Identifier: Apache-2.0
package org.platter.container.swap;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.platter.container.format.Failures;
import org.platter.container.format.FormatProvider;
import org.platter.container.image.ChainLayer;
import org.platter.container.image.LayerContext;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Image;
import org.platter.format.ImageInfo;
import org.platter.format.Run;

/**
 * Lets another provider open an image in the shadow, for reading only, and compares what both say: attributes, the map,
 * and bytes where the newcomer finds data elsewhere. Requests go on meanwhile, but for those that change the map.
 * Everything of the newcomer runs on a thread of its own and in bounded time.
 *
 * <p>The map must stand still while two versions are compared, so writes that need new blocks wait for that long; all
 * else goes on. A newcomer that does not answer in time is left to its thread: an image that it opens later is
 * closed by that thread.
 */
public final class ShadowCheck {
    private static final int RUNS = 64;
    private static final int BYTES = 64 << 10;
    private static final int ATTEMPTS = 10;

    private final FormatProvider newcomer;
    private final Duration timeout;

    /** For a provider that may take so long for one image. */
    public ShadowCheck(FormatProvider newcomer, Duration timeout) {
        this.newcomer = newcomer;
        this.timeout = timeout;
    }

    /** A call of the newcomer. */
    interface Call<T> {
        T run() throws IOException;
    }

    /** Runs a call of the newcomer in bounded time. */
    <T> T bounded(String what, Call<T> call) throws DiskException {
        CompletableFuture<T> future = new CompletableFuture<>();
        Thread thread = new Thread(() -> complete(future, call), "platter-canary");
        thread.setDaemon(true);
        thread.start();
        try {
            return future.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            future.cancel(false);
            throw new DiskException(ErrorCode.TIMEOUT, what + " took longer than " + timeout);
        } catch (ExecutionException e) {
            throw Failures.at(what, (IOException) e.getCause());
        } catch (InterruptedException e) {
            future.cancel(false); // an image that comes late is closed
            Thread.currentThread().interrupt();
            throw new DiskException(ErrorCode.CANCELLED, what + " was interrupted");
        }
    }

    private <T> void complete(CompletableFuture<T> future, Call<T> call) {
        try {
            T result = call.run();
            if (!future.complete(result) && result instanceof Image late) {
                late.close();
            }
        } catch (IOException e) {
            future.completeExceptionally(e);
        } catch (RuntimeException | Error e) {
            future.completeExceptionally(Failures.bug(newcomer, e));
        }
    }

    /** Compares what is on the storages with what the present provider says. */
    void compare(ChainLayer layer) throws DiskException {
        if (!layer.readOnly()) {
            layer.flush(); // the bulk of it, before the map must stand still
        }
        layer.stillAndFlushed(open -> {
            compareShadow(layer);
            return null;
        });
    }

    private void compareShadow(ChainLayer layer) throws IOException {
        LayerContext context = layer.context(newcomer, false);
        String what = layer.shown() + ": opening by " + newcomer.bundle() + " " + newcomer.version();
        Image shadow = bounded(what, () -> newcomer.backend().open(context));
        try {
            bounded(what, () -> {
                compare(layer, shadow);
                return null;
            });
        } finally {
            bounded(what, () -> {
                shadow.close();
                return null;
            });
        }
    }

    private void compare(ChainLayer layer, Image shadow) throws IOException {
        ImageInfo known = layer.info();
        ImageInfo seen = shadow.info();
        if (known.size() != seen.size()
                || !known.uuid().equals(seen.uuid())
                || !known.modificationUuid().equals(seen.modificationUuid())
                || !known.parent().equals(seen.parent())) {
            throw new DiskException(
                    ErrorCode.UUID_MISMATCH,
                    layer.shown() + ": " + newcomer.bundle() + " " + newcomer.version() + " sees " + seen
                            + ", the present version " + known);
        }
        SplittableRandom random = new SplittableRandom(known.uuid().getMostSignificantBits());
        long at = 0;
        for (int i = 0; i < RUNS && at < known.size(); i++) {
            at = same(layer, shadow, at, known.size());
        }
        for (int i = 0; i < RUNS && known.size() >= 512; i++) {
            same(layer, shadow, random.nextLong(known.size() / 512) * 512, known.size());
        }
    }

    /** Compares the stretch at {@code offset}; gives its end. */
    private long same(ChainLayer layer, Image shadow, long offset, long size) throws IOException {
        Run known = layer.map(offset, Math.min(size - offset, 1 << 30));
        Run seen = shadow.map(offset, known.length());
        long length = Math.min(known.length(), seen.length());
        if (known.getClass() != seen.getClass() || !sameData(known, seen, (int) Math.min(length, BYTES))) {
            throw new DiskException(
                    ErrorCode.CORRUPT,
                    layer.shown() + ": " + newcomer.bundle() + " " + newcomer.version() + " reads " + seen
                            + " otherwise than the present version, " + known);
        }
        return offset + length;
    }

    /** What lies at one place of one storage needs no reading, and may be written meanwhile. */
    private static boolean sameData(Run known, Run seen, int length) throws IOException {
        if (!(known instanceof Run.Data mine) || !(seen instanceof Run.Data theirs)) {
            return true;
        }
        if (mine.storage() == theirs.storage()) {
            return mine.position() == theirs.position();
        }
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            if (bytes(mine, length).equals(bytes(theirs, length))) {
                return true;
            } // else a request may have written between the two
        }
        return false;
    }

    private static ByteBuffer bytes(Run.Data run, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        run.storage().read(bytes, run.position());
        return bytes.flip();
    }
}
