// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.platter.container.Expectation.Promise;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.testkit.DiskModel;
import org.platter.testkit.Faults.Lasting;
import org.platter.testkit.Faults.Operation;
import org.platter.testkit.MemoryStorage;

/** Each change of a storage or a name fails in turn, or the job is cancelled there: no image is lost and no byte. */
class FailureTest {
    static Stream<Arguments> operationsOnChains() throws IOException {
        List<SmallChain> chains = new ArrayList<>();
        chains.add(SmallChain.of(ImageKind.RAW, ImageKind.MARKING, ImageKind.VHD));
        chains.add(SmallChain.of(ImageKind.VHD, ImageKind.VDI, ImageKind.SPLIT));
        if (Thoroughness.FULL) {
            chains.add(SmallChain.of(ImageKind.VDI, ImageKind.VMDK, ImageKind.VDI));
        }
        return chains.stream()
                .flatMap(chain -> Arrays.stream(ChainOperation.values())
                        .filter(operation -> operation.fits(chain))
                        .map(operation -> Arguments.of(operation, chain)));
    }

    /** What became of an operation. */
    private static final class Attempt {
        private Promise promise;
        private IOException failure; // or null

        private final Stage.Observer observer = new Stage.Observer() {
            @Override
            public void before(Promise during) {
                promise = during;
            }

            @Override
            public void after(Promise from) {
                promise = from;
            }
        };
    }

    private static Attempt attempt(ChainOperation operation, SmallChain chain, FailingFolder folder, boolean usable)
            throws IOException {
        Attempt attempt = new Attempt();
        try (TestPlatform platform = TestPlatform.withFileFormats(folder);
                Stage stage = new Stage(platform.manager(), chain, attempt.observer)) {
            try {
                operation.run(stage);
            } catch (IOException e) {
                attempt.failure = e;
                if (usable) {
                    assertUsable(stage, attempt);
                }
            }
            folder.heal();
        }
        assertEquals(0, folder.writers());
        return attempt;
    }

    /** The disk goes on as if nothing had been asked. */
    private static void assertUsable(Stage stage, Attempt attempt) throws IOException {
        if (stage.disk().size() == 0) {
            return; // it was being closed
        }
        if (Stage.lost(stage.disk())) {
            assertThrows(DiskException.class, () -> RawDiskTest.read(stage.disk(), 0, 512));
            return; // a flush failed: nothing is pretended until it is opened again
        }
        String last = stage.disk().last().location().getPath().substring(1);
        List<DiskModel> models = attempt.promise.all().stream()
                .flatMap(List::stream)
                .filter(expectation -> expectation.top().equals(last))
                .flatMap(expectation -> expectation.models().stream())
                .toList();
        byte[] bytes = RawDiskTest.read(stage.disk(), 0, (int) stage.disk().size());
        boolean kept = models.isEmpty() || models.stream().anyMatch(model -> model.allows(bytes));
        assertTrue(kept, () -> "the open disk reads as something else after " + attempt.failure);
    }

    private static void verify(Attempt attempt, FailingFolder folder, boolean clean) {
        Map<String, MemoryStorage> files = folder.files();
        if (attempt.failure != null && clean) {
            boolean unwanted = files.keySet().stream()
                    .anyMatch(name -> name.startsWith("c.") || name.startsWith("n.") || name.startsWith(".platter-"));
            assertTrue(!unwanted || madeBefore(attempt), () -> "something is left over: " + files.keySet());
        }
        try {
            Recovery.verify(files, attempt.promise);
        } catch (AssertionError e) {
            throw new AssertionError("after " + attempt.failure + ": " + e.getMessage(), e);
        }
    }

    /** The new image was complete before something else failed. */
    private static boolean madeBefore(Attempt attempt) {
        return attempt.promise.all().stream()
                .flatMap(List::stream)
                .anyMatch(expectation ->
                        expectation.top().startsWith("c.") || expectation.top().startsWith("n."));
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("operationsOnChains")
    void oneFailureOfAStorageLosesNothing(ChainOperation operation, SmallChain chain) throws IOException {
        failing(operation, chain, Lasting.ONCE);
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("operationsOnChains")
    void lastingFailureOfStoragesLosesNothing(ChainOperation operation, SmallChain chain) throws IOException {
        failing(operation, chain, Lasting.EVER);
    }

    private static void failing(ChainOperation operation, SmallChain chain, Lasting lasting) throws IOException {
        long failures = 1;
        for (int nth = 1; failures > 0; nth = Thoroughness.after(nth)) {
            FailingFolder folder = new FailingFolder(chain.files(), () -> {});
            folder.faults().tearWrites();
            folder.faults().fail(Operation.CHANGES, nth, lasting);
            try {
                Attempt attempt = attempt(operation, chain, folder, lasting == Lasting.ONCE);
                verify(attempt, folder, lasting == Lasting.ONCE);
            } catch (IOException | AssertionError e) {
                throw new AssertionError(
                        operation + " on " + chain + ", failure " + nth + " " + lasting + ": " + e.getMessage(), e);
            }
            failures = folder.faults().failures();
        }
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("operationsOnChains")
    void failureOfANameLosesNothing(ChainOperation operation, SmallChain chain) throws IOException {
        for (boolean lasting : new boolean[] {false, true}) {
            boolean struck = true;
            for (int nth = 1; struck; nth++) {
                FailingFolder folder = new FailingFolder(chain.files(), () -> {});
                folder.failNames(nth, lasting);
                try {
                    Attempt attempt = attempt(operation, chain, folder, !lasting);
                    verify(attempt, folder, false);
                    struck = attempt.failure != null;
                } catch (IOException | AssertionError e) {
                    throw new AssertionError(
                            operation + " on " + chain + ", name " + nth + (lasting ? " ever: " : ": ")
                                    + e.getMessage(),
                            e);
                }
            }
        }
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("operationsOnChains")
    void aFullHostLosesNothing(ChainOperation operation, SmallChain chain) throws IOException {
        long failures = 1;
        for (long capacity = 0; failures > 0; capacity += Thoroughness.FULL ? 1536 : 7 * 1536) {
            FailingFolder folder = new FailingFolder(chain.files(), () -> {});
            folder.faults().capacity(capacity);
            try {
                Attempt attempt = attempt(operation, chain, folder, true);
                failures = folder.faults().failures();
                if (attempt.failure != null) {
                    assertEquals(
                            ErrorCode.DISK_FULL, ((DiskException) attempt.failure).code(), attempt.failure::toString);
                }
                verify(attempt, folder, true);
            } catch (IOException | AssertionError e) {
                throw new AssertionError(
                        operation + " on " + chain + ", full at " + capacity + ": " + e.getMessage(), e);
            }
        }
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("operationsOnChains")
    void cancelLosesNothing(ChainOperation operation, SmallChain chain) throws IOException {
        boolean reached = true;
        for (int nth = 1; reached; nth = Thoroughness.after(nth)) {
            reached = cancelled(operation, chain, nth);
        }
    }

    /** True if the job was still running at its n-th access to a storage. */
    private static boolean cancelled(ChainOperation operation, SmallChain chain, int nth) throws IOException {
        AtomicInteger left = new AtomicInteger(nth);
        Stage[] stage = new Stage[1];
        FailingFolder folder = new FailingFolder(chain.files(), () -> {
            if (stage[0] != null && stage[0].working() && left.decrementAndGet() == 0) {
                stage[0].job().cancel();
            }
        });
        Attempt attempt = new Attempt();
        try (TestPlatform platform = TestPlatform.withFileFormats(folder)) {
            stage[0] = new Stage(platform.manager(), chain, attempt.observer);
            try (Stage closed = stage[0]) {
                operation.run(closed);
            } catch (DiskException e) {
                assertEquals(ErrorCode.CANCELLED, e.code());
                attempt.failure = e;
            }
        } catch (IOException | AssertionError e) {
            throw new AssertionError(operation + " on " + chain + ", cancelled at " + nth + ": " + e.getMessage(), e);
        }
        verify(attempt, folder, true);
        return left.get() <= 0;
    }
}
