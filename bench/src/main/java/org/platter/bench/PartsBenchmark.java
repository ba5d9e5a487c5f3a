// SPDX-License-Identifier: Apache-2.0
package org.platter.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
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
import org.platter.backend.vdi.VdiBackend;
import org.platter.backend.vmdk.VmdkBackend;
import org.platter.container.data.RangeLocks;
import org.platter.container.data.Zeroes;
import org.platter.format.FormatBackend;
import org.platter.format.Image;
import org.platter.format.ImageSpec;
import org.platter.format.Run;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.TestImageContext;

/** Single parts, without input and output. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class PartsBenchmark {
    /** An image of 1 TiB in memory. */
    @State(Scope.Benchmark)
    public static class Table {
        private static final long SIZE = 1L << 40;

        /** The format. */
        @Param({"vdi", "vmdk"})
        public String format;

        private final MemoryFolder folder = new MemoryFolder();
        private FormatBackend backend;
        private TestImageContext context;
        private Image image;

        /** Makes the image and opens it. */
        @Setup(Level.Trial)
        public void open() throws IOException {
            backend = format.equals("vdi") ? new VdiBackend() : new VmdkBackend();
            try (TestImageContext made = TestImageContext.forCreate(folder, "disk." + format)) {
                backend.create(made, ImageSpec.base(SIZE, Set.of())).close();
            }
            context = TestImageContext.forReading(folder, "disk." + format);
            image = backend.open(context);
        }

        /** Closes it. */
        @TearDown(Level.Trial)
        public void close() throws IOException {
            image.close();
            context.close();
        }
    }

    /** A buffer of zeroes, one of data, locks, and a place at random. */
    @State(Scope.Benchmark)
    public static class Bytes {
        private static final int SIZE = 1 << 20;

        private final ByteBuffer zeroes = ByteBuffer.allocateDirect(SIZE);
        private final ByteBuffer data = ByteBuffer.allocateDirect(SIZE);
        private final RangeLocks locks = new RangeLocks();

        /** Fills the data. */
        @Setup(Level.Trial)
        public void fill() {
            byte[] bytes = new byte[SIZE];
            new Random(1).nextBytes(bytes);
            data.put(bytes).clear();
        }
    }

    /** Random places, for each thread its own. */
    @State(Scope.Thread)
    public static class Client {
        private final SplittableRandom random = new SplittableRandom();
    }

    /** Where one unit of 4 KiB of an image lies. */
    @Benchmark
    public Run lookUp(Table table, Client client) throws IOException {
        return table.image.map(client.random.nextLong(Table.SIZE / 4096) * 4096, 4096);
    }

    /** Opens an image: its headers and what of its tables is needed for that. */
    @Benchmark
    public long parse(Table table) throws IOException {
        try (TestImageContext context = TestImageContext.forReading(table.folder, "disk." + table.format)) {
            Image image = table.backend.open(context);
            try {
                return image.info().size();
            } finally {
                image.close();
            }
        }
    }

    /** Locks 4 KiB as a reader does. */
    @Benchmark
    public void lock(Bytes bytes, Client client) {
        bytes.locks.shared(client.random.nextLong(1 << 30), 4096).close();
    }

    /** Looks through 1 MiB of zeroes. */
    @Benchmark
    public boolean zeroes(Bytes bytes) {
        return Zeroes.only(bytes.zeroes, 0, Bytes.SIZE);
    }

    /** The checksum of iSCSI over 1 MiB. */
    @Benchmark
    public long checksum(Bytes bytes) {
        CRC32C sum = new CRC32C();
        sum.update(bytes.data.duplicate());
        return sum.getValue();
    }
}
