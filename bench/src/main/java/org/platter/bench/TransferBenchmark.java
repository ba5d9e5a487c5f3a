// SPDX-License-Identifier: Apache-2.0
package org.platter.bench;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.osgi.framework.BundleException;
import org.platter.disk.CreateRequest;
import org.platter.disk.OpenFlag;
import org.platter.disk.VirtualDisk;

/** Transfers on 512 MiB of data in the page cache: a file as it is, and disks in the product. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class TransferBenchmark {
    private static final int SIZE = 512 << 20;
    private static final int UNIT = 4096;
    private static final int LARGE = 1 << 20;
    private static final int LAYERS = 64;

    private interface Transfer {
        void of(ByteBuffer buffer, long offset) throws IOException;
    }

    private record Target(Transfer read, Transfer write, Closeable owner) {
        static Target of(FileChannel channel) {
            return new Target(channel::read, channel::write, channel);
        }

        static Target of(VirtualDisk disk) {
            return new Target(disk::read, disk::write, disk::close);
        }

        static Target async(VirtualDisk disk) {
            return new Target(
                    (buffer, offset) -> disk.readAsync(List.of(buffer), offset).join(),
                    (buffer, offset) -> disk.writeAsync(List.of(buffer), offset).join(),
                    disk::close);
        }
    }

    /** What is read and written. */
    @State(Scope.Benchmark)
    public static class Place {
        /** A bare file, disks of one image, one image through the asynchronous calls, and the top of 64 images. */
        @Param({"file", "raw", "vdi", "vmdk", "async", "deep"})
        public String kind;

        private Path folder;
        private Product product;
        private Target target;

        /** Fills what is to be read. */
        @Setup(Level.Trial)
        public void open() throws IOException, BundleException {
            folder = Files.createTempDirectory("platter-bench");
            product = Product.start(folder.resolve("cache"));
            target = switch (kind) {
                case "file" ->
                    filled(Target.of(FileChannel.open(
                            folder.resolve("plain"),
                            StandardOpenOption.CREATE,
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE)));
                case "async" -> filled(Target.async(disk("vdi")));
                case "deep" -> deep(disk("vdi"));
                default -> filled(Target.of(disk(kind)));
            };
        }

        /** Data in the base, under images that have none. */
        private Target deep(VirtualDisk disk) throws IOException {
            Target base = filled(Target.of(disk));
            for (int layer = 1; layer < LAYERS; layer++) {
                disk.create(CreateRequest.of(folder.resolve(layer + ".vdi").toUri()));
            }
            return base;
        }

        private VirtualDisk disk(String format) throws IOException {
            VirtualDisk disk = product.disks().newDisk();
            disk.create(CreateRequest.of(folder.resolve("disk." + format).toUri())
                    .withFormat(format.toUpperCase(Locale.ROOT))
                    .withSize(SIZE)
                    .withOpenFlags(Set.of(OpenFlag.ASYNC_IO)));
            return disk;
        }

        /** In small pieces, the same for all: how Linux lays out its page cache depends on them, and with it the speed. */
        private static Target filled(Target target) throws IOException {
            byte[] bytes = new byte[128 << 10];
            new Random(1).nextBytes(bytes);
            for (long at = 0; at < SIZE; at += bytes.length) {
                target.write().of(ByteBuffer.wrap(bytes), at);
            }
            return target;
        }

        /** Leaves nothing behind. */
        @TearDown(Level.Trial)
        public void close() throws IOException, BundleException {
            target.owner().close();
            product.close();
            try (Stream<Path> files = Files.walk(folder)) {
                files.sorted(Comparator.reverseOrder()).forEach(Place::delete);
            }
        }

        private static void delete(Path file) {
            try {
                Files.delete(file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** What each thread has for itself. */
    @State(Scope.Thread)
    public static class Client {
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(UNIT);
        private final ByteBuffer large = ByteBuffer.allocateDirect(LARGE);
        private final SplittableRandom random = new SplittableRandom();
        private long at;

        private long offset() {
            return (long) random.nextInt(SIZE / UNIT) * UNIT;
        }

        private long next() {
            at = (at + LARGE) % SIZE;
            return at;
        }
    }

    /** Reads 4 KiB anywhere. */
    @Benchmark
    public ByteBuffer read(Place place, Client client) throws IOException {
        place.target.read().of(client.buffer.clear(), client.offset());
        return client.buffer;
    }

    /** Writes 4 KiB anywhere over what is there. */
    @Benchmark
    public ByteBuffer write(Place place, Client client) throws IOException {
        place.target.write().of(client.buffer.clear(), client.offset());
        return client.buffer;
    }

    /** Reads 1 MiB behind the last. */
    @Benchmark
    public ByteBuffer readSequentially(Place place, Client client) throws IOException {
        place.target.read().of(client.large.clear(), client.next());
        return client.large;
    }
}
