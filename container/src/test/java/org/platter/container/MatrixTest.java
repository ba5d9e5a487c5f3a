// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.platter.container.MemoryProvider.uri;

import java.net.URI;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.platter.backend.raw.RawBackend;
import org.platter.container.HookedFiles.Access;
import org.platter.container.HookedFiles.Hold;
import org.platter.container.format.FormatProvider;
import org.platter.disk.CopyRequest;
import org.platter.disk.CreateRequest;
import org.platter.disk.Job;
import org.platter.disk.Layer;
import org.platter.disk.OpenFlag;
import org.platter.disk.OpenRequest;
import org.platter.disk.VirtualDisk;
import org.platter.disk.VirtualDisk.Disposal;
import org.platter.disk.VirtualDisk.RebaseMode;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.ImageAttributes;
import org.platter.format.ImageFlag;

/** Starts every operation while every other is half done: docs/concurrency.md says what happens. */
@Timeout(value = 30, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MatrixTest {
    private static final int MIB = 1 << 20;
    private static final int SIZE = 8 * MIB;

    /** Images of the chain, base first; the last is {@code d}. {@code *} is the disk. */
    private static final List<String> CHAIN = List.of("a.vdi", "b.vdi", "c.vdi", "d.vdi");

    /**
     * The table of the page, in its order: what is claimed, as {@code aspect:images}, upper case for exclusive. Aspects
     * are c(ontent) and i(mage).
     */
    private enum Operation {
        COPY_FROM("x.vdi", Access.WRITE, true, "c:d"),
        COMPARE("o.vdi", Access.READ, true, "c:d"),
        COPY_INTO_THE_LAST("o.vdi", Access.READ, true, "c:*"),
        COPY_INTO_A_NEW_IMAGE("n.vdi", Access.WRITE, true, "I:d*"),
        CHECK("", null, true, "i:d"),
        COMPACT("d.vdi", Access.READ, true, "I:d"),
        REPAIR("", null, true, "C:d I:d"),
        MERGE_DOWN("c.vdi", Access.WRITE, true, "C:cd I:cd"),
        MERGE_UP("c.vdi", Access.WRITE, true, "C:b I:bcd"),
        RESIZE("d.vdi", Access.WRITE, true, "C:d* I:d"),
        MOVE("y.vdi", Access.WRITE, true, "I:d"),
        REBASE("d.vdi", Access.WRITE, true, "C:abc I:abcd"),
        SNAPSHOT("e.vdi", Access.WRITE, false, "I:d*"),
        CLOSE_THE_LAST("d.vdi", Access.FLUSH, false, "C:d* I:cd*"),
        FLAGS("d.vdi", Access.READ, false, "I:d"),
        ATTRIBUTES(null, null, false, "I:d");

        private final String file; // of which an access is held; empty: the format holds; null: cannot be held
        private final Access access;
        private final boolean job;
        private final String claims;

        Operation(String file, Access access, boolean job, String claims) {
            this.file = file;
            this.access = access;
            this.job = job;
            this.claims = claims;
        }

        boolean conflicts(Operation other) {
            for (String mine : claims.split(" ")) {
                for (String theirs : other.claims.split(" ")) {
                    boolean aspect = Character.toLowerCase(mine.charAt(0)) == Character.toLowerCase(theirs.charAt(0));
                    boolean alone = Character.isUpperCase(mine.charAt(0)) || Character.isUpperCase(theirs.charAt(0));
                    boolean shared = mine.substring(2)
                            .chars()
                            .anyMatch(image -> theirs.substring(2).indexOf(image) >= 0);
                    if (aspect && alone && shared) {
                        return true;
                    }
                }
            }
            return false;
        }
    }

    static Stream<Arguments> pairs() {
        return Arrays.stream(Operation.values())
                .filter(first -> first.file != null)
                .flatMap(first -> Arrays.stream(Operation.values()).map(second -> Arguments.of(first, second)));
    }

    /** A disk, what is beside it, and where things are held. */
    private static final class Scene implements AutoCloseable {
        private final HookedFiles hooked = new HookedFiles();
        private final HookedFiles elsewhere = new HookedFiles();
        private final BrokenBackend backend = new BrokenBackend();
        private final TestPlatform platform = new TestPlatform()
                .with(new RawBackend())
                .with("mem", hooked.files())
                .with("other", elsewhere.files());
        private final FormatProvider vdi = TestPlatform.format(backend, "1.0.0");
        private final VirtualDisk disk;
        private final VirtualDisk other;
        private int copies;

        Scene() throws DiskException {
            platform.registry().add(vdi);
            disk = platform.manager().newDisk();
            for (int i = 0; i < CHAIN.size(); i++) {
                CreateRequest request = CreateRequest.of(uri(CHAIN.get(i)));
                disk.create(i == 0 ? request.withSize(SIZE) : request.with(ImageFlag.DIFF));
                disk.write(ByteBuffer.wrap(RawDiskTest.random(i, MIB)), (long) i * MIB);
            }
            disk.flush();
            other = platform.manager().newDisk();
            other.create(CreateRequest.of(uri("o.vdi")).withSize(SIZE));
            other.write(ByteBuffer.wrap(RawDiskTest.random(9, SIZE)), 0);
            other.flush();
            try (VirtualDisk parent = platform.manager().newDisk()) {
                parent.create(CreateRequest.of(uri("p.vdi")).withSize(SIZE));
            }
        }

        Layer layer(int index) {
            return disk.layers().get(index);
        }

        /** Starts it; a job is returned, anything else is done. */
        Callable<Object> start(Operation operation) {
            Layer last = layer(CHAIN.size() - 1);
            Layer third = layer(2);
            Layer second = layer(1);
            return switch (operation) {
                case COPY_FROM ->
                    () -> disk.copy(
                            last,
                            CopyRequest.into(platform.manager().newDisk(), CreateRequest.of(uri(copies++ + "x.vdi"))));
                case COMPARE -> () -> disk.compare(other);
                case COPY_INTO_THE_LAST -> () -> other.copy(other.last(), CopyRequest.into(disk));
                case COPY_INTO_A_NEW_IMAGE ->
                    () -> other.copy(other.last(), CopyRequest.into(disk, CreateRequest.of(uri(copies++ + "n.vdi"))));
                case CHECK -> () -> disk.check(last);
                case COMPACT -> () -> disk.compact(last);
                case REPAIR -> () -> disk.repair(last);
                case MERGE_DOWN -> () -> disk.merge(last, third);
                case MERGE_UP -> () -> disk.merge(second, third);
                case RESIZE -> () -> disk.resize(2L * SIZE);
                case MOVE -> () -> disk.move(last, URI.create("other:/" + copies++ + "y.vdi"));
                case REBASE -> () -> disk.rebase(Optional.of(OpenRequest.of(uri("p.vdi"))), RebaseMode.SAFE);
                case SNAPSHOT ->
                    () -> disk.create(CreateRequest.of(uri(copies++ + "e.vdi")).with(ImageFlag.DIFF));
                case CLOSE_THE_LAST ->
                    () -> {
                        disk.closeLast(Disposal.KEEP);
                        return "";
                    };
                case FLAGS ->
                    () -> {
                        last.openFlags(Set.of(OpenFlag.HONOR_SAME));
                        return "";
                    };
                case ATTRIBUTES ->
                    () -> {
                        last.update(ImageAttributes.NONE.withComment("changed"));
                        return "";
                    };
            };
        }

        @Override
        public void close() {
            hooked.unhook();
            elsewhere.unhook();
            platform.close();
        }
    }

    private static CompletableFuture<Object> async(Callable<Object> call) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return call.call();
                    } catch (Exception e) {
                        throw new CompletionException(e);
                    }
                },
                work -> new Thread(work, "matrix").start());
    }

    @ParameterizedTest(name = "{1} beside {0}")
    @MethodSource("pairs")
    void happensWhatThePageSays(Operation first, Operation second) throws Exception {
        try (Scene scene = new Scene()) {
            CompletableFuture<Void> letGo = new CompletableFuture<>();
            CompletableFuture<Void> inside = new CompletableFuture<>();
            Hold hold = null;
            if (first.file.isEmpty()) {
                scene.backend.onCheck(() -> {
                    if (inside.complete(null)) {
                        letGo.join();
                    }
                });
            } else {
                hold = (first == Operation.MOVE ? scene.elsewhere : scene.hooked).hold(first.file, first.access);
            }
            Hold held = hold;
            try (AutoCloseable release = () -> {
                letGo.complete(null);
                if (held != null) {
                    held.close();
                }
            }) {
                Callable<Object> later = scene.start(second);
                CompletableFuture<Object> one = async(scene.start(first));
                if (held == null) {
                    inside.get(10, TimeUnit.SECONDS);
                } else {
                    held.await();
                }
                CompletableFuture<Object> two = async(later);
                boolean refused = first.conflicts(second) && (first.job || second.job);
                if (refused) {
                    refused(first, one, two);
                }
                release.close();
                ended(one, false);
                ended(two, refused);
            }
        }
    }

    private static void refused(Operation first, CompletableFuture<Object> one, CompletableFuture<Object> two)
            throws Exception {
        DiskException refusal = failure(
                two.handle((result, e) -> e == null ? result : unwrapped(e)).get(10, TimeUnit.SECONDS));
        assertEquals(ErrorCode.BUSY, refusal.code(), refusal::getMessage);
        if (first.job) {
            Job<?> job = (Job<?>) one.get(10, TimeUnit.SECONDS);
            String named = "job " + job.id() + ", " + job.name();
            assertTrue(refusal.getMessage().contains(named), refusal.getMessage() + " does not name " + named);
        }
    }

    private static DiskException failure(Object result) throws Exception {
        if (result instanceof Job<?> job) {
            return (DiskException) unwrapped(
                    job.done().handle((value, e) -> e).toCompletableFuture().get(10, TimeUnit.SECONDS));
        }
        return (DiskException) result;
    }

    private static Throwable unwrapped(Throwable e) {
        return e instanceof CompletionException && e.getCause() != null ? e.getCause() : e;
    }

    /** Whatever it comes to in the end, it is not refused then. */
    private static void ended(CompletableFuture<Object> call, boolean refused) throws Exception {
        List<Throwable> failures = new ArrayList<>();
        Object result = call.handle((value, e) -> {
                    if (e != null) {
                        failures.add(unwrapped(e));
                    }
                    return value;
                })
                .get(20, TimeUnit.SECONDS);
        if (result instanceof Job<?> job) {
            job.done()
                    .handle((value, e) -> e == null || failures.add(unwrapped(e)))
                    .toCompletableFuture()
                    .get(20, TimeUnit.SECONDS);
        }
        for (Throwable e : failures) {
            boolean busy = e instanceof DiskException known && known.code() == ErrorCode.BUSY;
            assertEquals(refused, busy, () -> String.valueOf(e));
        }
        assertTrue(!refused || !failures.isEmpty());
    }
}
