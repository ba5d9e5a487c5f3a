// SPDX-License-Identifier: Apache-2.0
package org.platter.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.platter.format.Capability;
import org.platter.format.ImageSpec;
import org.platter.format.Progress;
import org.platter.format.Run;
import org.platter.testkit.TestImageContext.Mode;

/** Part of the contract: what was written is read, in any order of changes, and across reopening. */
abstract class WritingContract extends RoundTripContract {
    /** What opening an image may allocate, whatever is in it, bytes. */
    protected static final long MOST_MEMORY = 256L << 20;

    private static final int STEPS = 60;

    /** Every case with several seeds; the system property {@code platter.seed} sets another one. */
    protected Stream<Arguments> casesWithSeeds() {
        List<Long> seeds =
                Long.getLong("platter.seed") == null ? List.of(1L, 2L, 3L) : List.of(Long.getLong("platter.seed"));
        return cases().flatMap(test -> seeds.stream().map(seed -> Arguments.of(test, seed)));
    }

    @ParameterizedTest(name = "{0} seed {1}")
    @MethodSource("casesWithSeeds")
    protected void readsWhatWasWritten(Case test, long seed) throws IOException {
        OpenImage image = create(test);
        DiskModel model = test.model();
        Workload workload = workload(seed, test, image);
        for (int step = 1; step <= STEPS; step++) {
            workload.next().run(image.driver(), model);
            if (step % 12 == 0) {
                model.checkExactly(image.driver().readAll());
                image.driver().flush();
                image = reopen(test, image);
                model.checkExactly(image.driver().readAll());
            }
        }
        assertClean(image);
        image.close();
    }

    /** Random changes for an image. */
    protected Workload workload(long seed, Case test, OpenImage image) {
        return new Workload(seed, test.size(), image.info().blockSize(), stored().contains(Stored.COMMENT));
    }

    /** Fails if the image can check itself and finds errors or leaks. */
    protected void assertClean(OpenImage image) throws IOException {
        if (image.info().can(Capability.CHECK)) {
            var report = image.image().check(Progress.NONE);
            assertEquals(0, report.errors(), () -> report.findings().toString());
            assertEquals(0, report.leaks(), () -> report.findings().toString());
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    protected void fullImageSurvives(Case test) throws IOException {
        OpenImage image = create(test);
        DiskModel model = test.model();
        byte[] bytes = random(9, test.size());
        model.write(0, bytes);
        image.driver().write(0, bytes);
        image.driver().flush();
        image = reopen(test, image);
        model.checkExactly(image.driver().readAll());
        assertTrue(image.driver().allData());
        assertClean(image);
        image.close();
    }

    @ParameterizedTest
    @MethodSource("cases")
    protected void lastSectorSurvives(Case test) throws IOException {
        OpenImage image = create(test);
        DiskModel model = test.model();
        byte[] bytes = random(10, 512);
        model.write(test.size() - 512, bytes);
        image.driver().write(test.size() - 512, bytes);
        image.driver().flush();
        image = reopen(test, image);
        model.checkExactly(image.driver().readAll());
        assertClean(image);
        image.close();
    }

    @ParameterizedTest
    @MethodSource("cases")
    protected void zeroMarksSurviveAndHideTheParent(Case test) throws IOException {
        OpenImage image = create(test);
        assumeTrue(image.info().can(Capability.DISCARD));
        int block = block(image, test);
        byte[] bytes = random(11, block);
        image.driver().write(0, bytes);
        boolean marked = image.driver().zero(0, test.size());
        assertTrue(marked || !marksZeroes(test.flags()), "refuses zero marks");
        assumeTrue(marked);
        assertZero(image, test);
        image.driver().flush();
        image = reopen(test, image);
        assertZero(image, test);
        image.driver().write(0, bytes);
        DiskModel model = new DiskModel(test.size(), new byte[0]);
        model.write(0, bytes);
        model.checkExactly(image.driver().readAll());
        image.driver().flush();
        assertClean(image);
        image.close();
    }

    private static void assertZero(OpenImage image, Case test) throws IOException {
        new DiskModel(test.size(), new byte[0]).checkExactly(image.driver().readAll());
    }

    @ParameterizedTest
    @MethodSource("cases")
    protected void freedBlocksShowTheParent(Case test) throws IOException {
        OpenImage image = create(test);
        assumeTrue(image.info().can(Capability.DISCARD));
        image.driver().write(0, random(12, test.size()));
        image.driver().flush();
        assumeTrue(image.driver().free(0, test.size()));
        test.model().checkExactly(image.driver().readAll());
        image.driver().flush();
        image = reopen(test, image);
        test.model().checkExactly(image.driver().readAll());
        if (test.differencing()) {
            assertInstanceOf(Run.Free.class, image.driver().map(0, 512));
        }
        assertClean(image);
        image.close();
    }

    /** Bytes of a block, or of a sector, at most of the disk. */
    protected static int block(OpenImage image, Case test) {
        return (int) Math.max(512, Math.min(image.info().blockSize(), test.size()));
    }

    @ParameterizedTest
    @MethodSource("variantsOnce")
    protected void blocksWrittenFromBackToFrontSurvive(Case test) throws IOException {
        OpenImage image = create(test);
        DiskModel model = test.model();
        int block = block(image, test);
        for (int offset = (test.size() - 1) / block * block; offset >= 0; offset -= Math.max(block, 65536)) {
            byte[] bytes = random(offset, Math.min(512, test.size() - offset));
            model.write(offset, bytes);
            image.driver().write(offset, bytes);
        }
        image.driver().flush();
        image = reopen(test, image);
        model.checkExactly(image.driver().readAll());
        assertClean(image);
        image.close();
    }

    @ParameterizedTest
    @MethodSource("variantsOnce")
    protected void readersAreNotDisturbedByChangesElsewhere(Case test) throws Exception {
        OpenImage image = create(test);
        int block = block(image, test);
        int half = test.size() / 2 / block * block;
        assumeTrue(half > 0, "one block only");
        byte[] expected = random(13, half);
        image.driver().write(0, expected);
        AtomicBoolean done = new AtomicBoolean();
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            Callable<Void> reader = () -> {
                do {
                    checkSame(expected, image.driver().read(0, half));
                } while (!done.get());
                return null;
            };
            List<Future<Void>> readers = new ArrayList<>(List.of(threads.submit(reader), threads.submit(reader)));
            try {
                changeBehind(half, test, image);
            } finally {
                done.set(true);
            }
            for (Future<Void> each : readers) {
                await(each);
            }
        } finally {
            threads.shutdown();
        }
        image.close();
    }

    private static void checkSame(byte[] expected, byte[] found) {
        if (!java.util.Arrays.equals(expected, found)) {
            throw new AssertionError("a reader saw other bytes while blocks elsewhere changed");
        }
    }

    private void changeBehind(int from, Case test, OpenImage image) throws IOException {
        int block = block(image, test);
        Workload workload = new Workload(14, test.size() - from, block, false);
        DiskModel model = test.model();
        model.write(0, image.driver().read(0, from));
        for (int step = 0; step < 60; step++) {
            Workload.Step next = workload.next();
            new Workload.Step(next.kind(), next.offset() + from, next.bytes()).run(image.driver(), model);
        }
        model.checkExactly(image.driver().readAll());
    }

    private static void await(Future<Void> reader) throws Exception {
        try {
            reader.get();
        } catch (ExecutionException e) {
            throw new AssertionError("a reader failed while blocks elsewhere changed", e.getCause());
        }
    }

    @Test
    protected void largeImagesTakeLittleMemory() throws IOException {
        assumeTrue(promises(Capability.CREATE_DYNAMIC) && largeSize() > 0);
        MemoryFolder folder = new MemoryFolder();
        TestImageContext making = context(folder, Mode.CREATE);
        long last = largeSize() - 512;
        try (OpenImage image = new OpenImage(
                making, new ImageDriver(backend().create(making, ImageSpec.base(largeSize(), Set.of()))))) {
            image.driver().write(0, random(16, 512));
            image.driver().write(last, random(17, 512));
            image.driver().flush();
        }
        long memory = allocatedMemory();
        TestImageContext opening = context(folder, Mode.WRITE);
        try (OpenImage image = new OpenImage(opening, new ImageDriver(backend().open(opening)))) {
            assertArrayEquals(random(16, 512), image.driver().read(0, 512));
            assertArrayEquals(random(17, 512), image.driver().read(last, 512));
        }
        long taken = allocatedMemory() - memory;
        assertTrue(taken < MOST_MEMORY, () -> "opening takes " + taken + " bytes");
    }

    /** Bytes that this thread has allocated so far. */
    protected static long allocatedMemory() {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        return threads.getCurrentThreadAllocatedBytes();
    }

    @ParameterizedTest
    @MethodSource("variantsOnce")
    protected void closingWithoutFlushKeepsWhatWasFlushed(Case test) throws IOException {
        OpenImage image = create(test);
        DiskModel model = test.model();
        Workload workload = workload(15, test, image);
        for (int step = 0; step < 15; step++) {
            workload.next().run(image.driver(), model);
        }
        image.driver().flush();
        model.flushed();
        for (int step = 0; step < 10; step++) {
            workload.next().run(image.driver(), model);
        }
        image.close();
        try (OpenImage again = open(test, image.folder(), Mode.WRITE)) {
            model.checkAfterCrash(again.driver().readAll());
        }
    }
}
