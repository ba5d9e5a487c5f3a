// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import static org.platter.container.MemoryProvider.uri;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.platter.backend.vdi.VdiBackend;
import org.platter.backend.vhd.VhdBackend;
import org.platter.backend.vmdk.VmdkBackend;
import org.platter.container.HookedFiles.Access;
import org.platter.container.format.FormatProvider;
import org.platter.disk.CopyRequest;
import org.platter.disk.DiskOptions;
import org.platter.disk.Job;
import org.platter.disk.Layer;
import org.platter.disk.OpenFlag;
import org.platter.disk.OpenRequest;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.ImageFlag;
import org.platter.testkit.MemoryStorage;

/**
 * One life of a disk under eight threads that write, read and flush, each its own blocks, while others do everything that
 * can be done with images, formats come and go, and storages are slow, hang for a while or fail.
 */
final class StormLife {
    private static final int WRITERS = 8;
    private static final int OPERATORS = 3;
    private static final int BLOCKS = 24; // of each writer
    private static final int MOST_LAYERS = 6;
    private static final long SIZE = (long) WRITERS * BLOCKS * StormBlocks.BLOCK * 2; // half of it is never written

    private final HookedFiles hooked = new HookedFiles();
    private final TestPlatform platform = TestPlatform.withFileFormats(hooked.files());
    private final List<ImageKind> kinds;
    private final Random random;
    private final VirtualDisk disk;
    private final StormBlocks[] blocks = new StormBlocks[WRITERS];
    private final AtomicInteger names = new AtomicInteger();
    private final AtomicInteger values = new AtomicInteger();
    private final AtomicLong steps = new AtomicLong(); // of anybody: what the watchdog looks at
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final ConcurrentLinkedDeque<String> log = new ConcurrentLinkedDeque<>();
    private final ReentrantReadWriteLock open = new ReentrantReadWriteLock(true); // shared while the disk is open
    private final ReentrantLock formats = new ReentrantLock(); // held while a format is away, and by who opens
    private final ReentrantReadWriteLock faults = new ReentrantReadWriteLock(); // exclusive while storages fail
    private volatile boolean failing; // storages fail now
    private volatile boolean failed; // some access has failed: what was being written may be there in part
    private volatile boolean ended;

    StormLife(long seed, List<ImageKind> kinds) throws IOException {
        this.kinds = kinds;
        random = new Random(seed);
        disk = platform.manager().newDisk(DiskOptions.DEFAULT);
        for (int i = 0; i < WRITERS; i++) {
            blocks[i] = new StormBlocks(BLOCKS);
        }
        disk.create(kinds.get(0)
                .at(uri("0." + kinds.get(0).extension()))
                .withSize(SIZE)
                .withOpenFlags(Set.of(OpenFlag.ASYNC_IO)));
        hooked.hook(this::disturb);
    }

    /** Lives so long. */
    void run(long nanos) throws Exception {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            int number = i;
            threads.add(start("storm-writer-" + i, random.nextLong(), dice -> write(number, dice)));
        }
        for (int i = 0; i < OPERATORS; i++) {
            threads.add(start("storm-operator-" + i, random.nextLong(), this::operate));
        }
        threads.add(start("storm-swapper", random.nextLong(), this::swap));
        watch(nanos, threads);
        ended = true;
        for (Thread thread : threads) {
            thread.join(30_000);
            if (thread.isAlive()) {
                fail(new AssertionError("does not end: " + stack(thread)));
            }
        }
        if (failure.get() == null) {
            end();
        }
        if (failure.get() != null) {
            throw new AssertionError("after " + String.join("\n  ", log), failure.get());
        }
    }

    private interface Part {
        void run(Random dice) throws Exception;
    }

    private Thread start(String name, long seed, Part part) {
        Random dice = new Random(seed);
        Thread thread = new Thread(
                () -> {
                    while (!ended && failure.get() == null) {
                        try {
                            part.run(dice);
                            steps.incrementAndGet();
                        } catch (Throwable e) {
                            fail(e);
                        }
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private void fail(Throwable e) {
        failure.compareAndSet(null, e);
    }

    private static String stack(Thread thread) {
        return thread.getName() + List.of(thread.getStackTrace());
    }

    /** Ends when the time is over or something fails; thirty seconds without a step are a failure. */
    private void watch(long nanos, List<Thread> threads) throws InterruptedException {
        long end = System.nanoTime() + nanos;
        long seen = -1;
        long since = System.nanoTime();
        while (System.nanoTime() < end && failure.get() == null) {
            Thread.sleep(10);
            if (steps.get() != seen) {
                seen = steps.get();
                since = System.nanoTime();
            } else if (System.nanoTime() - since > 30_000_000_000L) {
                fail(new AssertionError("no progress for 30 s:\n"
                        + String.join(
                                "\n", threads.stream().map(StormLife::stack).toList())));
            }
        }
    }

    private void note(String what) {
        log.add(what);
        while (log.size() > 60) {
            log.poll();
        }
    }

    // --- storages ---

    private void disturb(String file, Access access) throws IOException {
        int dice = ThreadLocalRandom.current().nextInt(4000);
        if (failing && dice < 400 && access != Access.READ) {
            failed = true;
            throw new IOException("planned failure of " + access);
        }
        if (dice < 4) {
            pause(dice == 0 ? 100 : 5);
        }
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // --- requests ---

    private static long offset(int writer, int block) {
        return (long) (block * WRITERS + writer) * StormBlocks.BLOCK;
    }

    private void write(int writer, Random dice) throws Exception {
        open.readLock().lock();
        try {
            int block = dice.nextInt(BLOCKS);
            int what = dice.nextInt(10);
            if (what < 5) {
                write(writer, block, what % 2 == 0, dice.nextInt(8) == 0 ? 0 : values.incrementAndGet());
            } else if (what < 9) {
                read(writer, block, what % 2 == 0);
            } else {
                flush(writer, dice.nextBoolean());
            }
        } catch (DiskException e) {
            tolerate(e);
        } catch (CompletionException e) {
            if (!(e.getCause() instanceof DiskException known)) {
                throw e;
            }
            tolerate(known);
        } finally {
            open.readLock().unlock();
        }
        if (Stage.lost(disk)) {
            recover();
        }
    }

    /** Where storages fail requests may; the blocks know what that means for them. */
    private void tolerate(DiskException e) {
        String message = String.valueOf(e.getMessage());
        if (!message.contains("planned failure") && !message.contains("is installed")) {
            throw new AssertionError("a request failed: " + e.getMessage(), e);
        }
    }

    private void write(int writer, int block, boolean async, int value) throws DiskException {
        ByteBuffer bytes = ByteBuffer.wrap(StormBlocks.content(value));
        blocks[writer].writing(block, value);
        if (value == 0) {
            disk.zero(offset(writer, block), StormBlocks.BLOCK);
        } else if (async) {
            disk.writeAsync(List.of(bytes), offset(writer, block)).join();
        } else {
            disk.write(bytes, offset(writer, block));
        }
        blocks[writer].written(block, value);
    }

    private void read(int writer, int block, boolean async) throws DiskException {
        ByteBuffer bytes = ByteBuffer.allocate(StormBlocks.BLOCK);
        if (async) {
            disk.readAsync(List.of(bytes), offset(writer, block)).join();
        } else {
            disk.read(bytes, offset(writer, block));
        }
        blocks[writer].check(block, bytes.array(), false);
    }

    private void flush(int writer, boolean async) throws DiskException {
        List<List<Integer>> before = blocks[writer].beforeFlush();
        if (async) {
            disk.flushAsync().join();
        } else {
            disk.flush();
        }
        blocks[writer].flushed(before);
    }

    // --- operations on images ---

    private static final Set<ErrorCode> REFUSALS = Set.of(
            ErrorCode.BUSY,
            ErrorCode.BAD_STATE,
            ErrorCode.IMAGE_NOT_FOUND,
            ErrorCode.CANCELLED,
            ErrorCode.NOT_SUPPORTED,
            ErrorCode.READ_ONLY,
            ErrorCode.BAD_SIZE,
            ErrorCode.BAD_TYPE,
            ErrorCode.NOT_OPENED);

    private void operate(Random dice) throws Exception {
        int what = dice.nextInt(100);
        if (what < 3) {
            reopen();
            return;
        }
        if (what < 5) {
            disturb();
            return;
        }
        open.readLock().lock();
        try {
            operation(what, dice);
        } catch (DiskException e) {
            if (!REFUSALS.contains(e.code())) {
                tolerate(e);
            }
        } catch (IllegalArgumentException e) {
            // a layer that has left meanwhile
        } finally {
            open.readLock().unlock();
        }
        pause(dice.nextInt(5));
    }

    /** Storages fail for a while. */
    private void disturb() {
        open.readLock().lock();
        faults.writeLock().lock();
        try {
            failing = true;
            pause(20);
        } finally {
            failing = false;
            faults.writeLock().unlock();
            open.readLock().unlock();
        }
    }

    private void operation(int what, Random dice) throws Exception {
        List<Layer> layers = disk.layers();
        if (layers.isEmpty()) {
            return;
        }
        Layer one = layers.get(dice.nextInt(layers.size()));
        Layer two = layers.get(dice.nextInt(layers.size()));
        if (what < 30 && layers.size() < MOST_LAYERS) {
            ImageKind kind = kinds.get(dice.nextInt(kinds.size()));
            String name = names.incrementAndGet() + "." + kind.extension();
            note("snapshot " + name);
            disk.create(kind.at(uri(name)).with(ImageFlag.DIFF).withOpenFlags(Set.of(OpenFlag.ASYNC_IO)));
        } else if (what < 55) {
            end("merge of " + one + " into " + two, disk.merge(one, two), dice);
        } else if (what < 65) {
            end("compact of " + one, disk.compact(one), dice);
        } else if (what < 75) {
            end("check of " + one, disk.check(one), dice);
        } else if (what < 85) {
            String name = one.location().getPath();
            String target = "m" + names.incrementAndGet() + name.substring(name.lastIndexOf('.'));
            end("move of " + one + " to " + target, disk.move(one, uri(target)), dice);
        } else if (what < 95) {
            copy(one, dice);
        } else {
            openAgain(one);
        }
    }

    /** Not after a failure: who opens an image again gives up what it has lost, and nobody may be told but who does. */
    private void openAgain(Layer layer) throws DiskException {
        faults.readLock().lock();
        try {
            if (!failed) {
                note("opening again of " + layer);
                layer.openFlags(layer.openFlags());
            }
        } finally {
            faults.readLock().unlock();
        }
    }

    private void end(String what, Job<?> job, Random dice) throws DiskException {
        note(what);
        if (dice.nextInt(4) == 0) {
            pause(dice.nextInt(10));
            job.cancel();
        }
        try {
            job.join();
            note("ended: " + what);
        } catch (DiskException e) {
            note(e.code() + ": " + what);
            throw e;
        }
    }

    private void copy(Layer layer, Random dice) throws DiskException {
        ImageKind kind = kinds.get(dice.nextInt(kinds.size()));
        String name = "c" + names.incrementAndGet() + "." + kind.extension();
        VirtualDisk copy = platform.manager().newDisk();
        try {
            end("copy of " + layer, disk.copy(layer, CopyRequest.into(copy, kind.at(uri(name)))), dice);
            copy.closeLast(VirtualDisk.Disposal.DELETE);
        } finally {
            closeAnyhow(copy);
        }
    }

    // --- formats ---

    private void swap(Random dice) throws Exception {
        pause(5 + dice.nextInt(30));
        String version = "1.0." + values.incrementAndGet();
        FormatProvider fresh = switch (dice.nextInt(3)) {
            case 0 -> TestPlatform.format(new VdiBackend(), version);
            case 1 -> TestPlatform.format(new VhdBackend(), version);
            default -> TestPlatform.format(new VmdkBackend(), version);
        };
        List<FormatProvider> old = platform.registry().all().stream()
                .filter(format -> format.named(fresh.name()))
                .toList();
        boolean beside = dice.nextBoolean();
        note((beside ? "upgrade of " : "departure of ") + fresh.name());
        formats.lock();
        try {
            if (beside) {
                platform.registry().add(fresh);
            }
            old.forEach(platform.registry()::remove);
            if (!beside) {
                pause(dice.nextInt(10));
                platform.registry().add(fresh);
            }
        } finally {
            formats.unlock();
        }
    }

    // --- closing, losing and opening again ---

    private List<String> tops() {
        List<String> tops = new ArrayList<>();
        disk.layers().forEach(layer -> tops.add(0, layer.location().getPath().substring(1)));
        return tops;
    }

    private void reopen() throws IOException {
        open.writeLock().lock();
        try {
            note("reopen");
            List<String> tops = tops();
            boolean lost = Stage.lost(disk);
            closeAnyhow(disk);
            openTop(tops);
            verify(lost);
        } finally {
            open.writeLock().unlock();
        }
    }

    /** A flush has failed: what is there when the disk is opened again is one of the values since the last good one. */
    private void recover() throws IOException {
        open.writeLock().lock();
        try {
            if (Stage.lost(disk)) {
                note("recover");
                failing = false;
                List<String> tops = tops();
                closeAnyhow(disk);
                openTop(tops);
                verify(true);
            }
        } finally {
            open.writeLock().unlock();
        }
    }

    private static void closeAnyhow(VirtualDisk disk) {
        try {
            disk.close();
        } catch (DiskException e) {
            // a storage failed: what was flushed is there all the same
        }
    }

    private void openTop(List<String> tops) throws IOException {
        Map<String, MemoryStorage> files = hooked.files().files();
        String top = tops.get(0);
        if (!files.containsKey(top)) {
            throw new AssertionError("the last image is gone: " + tops + " of " + files.keySet());
        }
        formats.lock();
        try {
            disk.openChain(OpenRequest.of(uri(top)).with(OpenFlag.ASYNC_IO));
        } finally {
            formats.unlock();
        }
        if (disk.readOnly()) {
            throw new AssertionError(top + " opens for reading only");
        }
    }

    private void verify(boolean afterLoss) throws IOException {
        for (int writer = 0; writer < WRITERS; writer++) {
            for (int block = 0; block < BLOCKS; block++) {
                ByteBuffer bytes = ByteBuffer.allocate(StormBlocks.BLOCK);
                disk.read(bytes, offset(writer, block));
                blocks[writer].check(block, bytes.array(), afterLoss);
                if (afterLoss && !blocks[writer].settle(block, bytes.array())) {
                    write(writer, block, false, values.incrementAndGet());
                }
            }
        }
    }

    private void end() throws IOException {
        hooked.unhook();
        failing = false;
        try {
            List<String> tops = tops();
            boolean lost = Stage.lost(disk);
            verifyOpen(lost);
            closeAnyhow(disk);
            openTop(tops);
            verify(lost);
            for (Layer layer : disk.layers()) {
                if (layer.info().can(org.platter.format.Capability.CHECK)) {
                    long errors = disk.check(layer).join().errors();
                    if (errors > 0 && !failed) {
                        throw new AssertionError(layer + " has " + errors + " errors");
                    }
                }
            }
            disk.close();
        } catch (AssertionError | IOException e) {
            fail(e);
        } finally {
            platform.close();
        }
    }

    private void verifyOpen(boolean lost) throws IOException {
        if (!lost) {
            verify(false);
        }
    }
}
