// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.platter.backend.vmdk.layout.HostedHeader;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Run;
import org.platter.storage.Storage;
import org.platter.testkit.Faults;
import org.platter.testkit.FaultyStorage;
import org.platter.testkit.MemoryStorage;

class StreamWriterTest {
    private static final int GRAIN = 65536;
    private static final int SIZE = (70 << 20) + 5 * 512;
    private static final byte[] TEXT = "# Disk DescriptorFile\n".getBytes(StandardCharsets.US_ASCII);

    private final MemoryStorage storage = MemoryStorage.named("stream");

    private static StreamWriter writer(Storage storage, boolean keepsZeroes) throws IOException {
        return StreamWriter.create(storage, SIZE, new StreamWriter.Settings(GRAIN, 6, keepsZeroes), TEXT);
    }

    private static byte[] some(long seed, int length) {
        byte[] bytes = new byte[length];
        Random random = new Random(seed);
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) random.nextInt(8);
        }
        return bytes;
    }

    private static void write(StreamWriter writer, long offset, byte[] bytes) throws IOException {
        Run.Data run = writer.allocate(offset, bytes.length);
        byte[] whole = Arrays.copyOf(bytes, (int) run.length());
        run.storage().write(ByteBuffer.wrap(whole), run.position());
        writer.remap(run);
    }

    private static byte[] read(Storage storage, long offset, int length) throws IOException {
        StreamExtent extent = StreamExtent.open(storage, SIZE);
        byte[] bytes = new byte[length];
        for (int done = 0; done < length; ) {
            Run run = extent.map(offset + done, length - done);
            if (run instanceof Run.Data data) {
                data.storage().read(ByteBuffer.wrap(bytes, done, (int) run.length()), data.position());
            }
            done += (int) run.length();
        }
        return bytes;
    }

    /** Grains in three tables, with a hole and the last grain of the disk, which is not whole. */
    private static void fill(StreamWriter writer) throws IOException {
        write(writer, 0, some(1, 3 * GRAIN));
        write(writer, 33L << 20, some(2, 20 * GRAIN));
        write(writer, SIZE - 5 * 512, some(3, 5 * 512));
    }

    private static void assertFilled(Storage storage) throws IOException {
        assertArrayEquals(some(1, 3 * GRAIN), read(storage, 0, 3 * GRAIN));
        assertArrayEquals(new byte[GRAIN], read(storage, 3 * GRAIN, GRAIN));
        assertArrayEquals(some(2, 20 * GRAIN), read(storage, 33L << 20, 20 * GRAIN));
        assertArrayEquals(some(3, 5 * 512), read(storage, SIZE - 5 * 512, 5 * 512));
    }

    @Test
    void reads() throws IOException {
        StreamWriter writer = writer(storage, false);
        fill(writer);
        writer.flush();
        writer.close();
        assertFilled(storage);
        assertArrayEquals(Arrays.copyOfRange(some(1, 3 * GRAIN), 700, 70_000), read(storage, 700, 69_300));
    }

    @Test
    void isLaidOutAsVmwareDoes() throws IOException {
        StreamWriter writer = writer(storage, false);
        fill(writer);
        writer.close();
        HostedHeader header = HostedHeader.read(storage, 0);
        assertEquals(3, header.version());
        assertEquals(0x30001, header.flags());
        assertEquals(1, header.compression());
        assertEquals(HostedHeader.IN_FOOTER, header.directory());
        assertEquals(0, header.redundant());
        assertEquals(128, header.overhead());
        assertEquals(
                TEXT.length,
                new String(storage.bytes(512, 9 * 512), StandardCharsets.US_ASCII)
                                .trim()
                                .length()
                        + 1);
        assertEquals("GGGTG".substring(0, 4) + "G".repeat(20) + "TGTDFE", markers(storage, header.overhead() * 512));
        HostedHeader footer = HostedHeader.read(storage, storage.size() - 1024);
        assertEquals(header, footer.withDirectory(HostedHeader.IN_FOOTER));
    }

    /** What follows each other from {@code at} on, as letters. */
    private static String markers(MemoryStorage storage, long at) throws IOException {
        StringBuilder found = new StringBuilder();
        while (at < storage.size()) {
            ByteBuffer b = ByteBuffer.wrap(storage.bytes(at, 512)).order(ByteOrder.LITTLE_ENDIAN);
            int size = b.getInt(8);
            if (size > 0) {
                assertEquals(0x9C78, Short.toUnsignedInt(b.getShort(12)));
                found.append('G');
                at += (12 + size + 511) / 512 * 512;
            } else {
                found.append("ETDF".charAt(b.getInt(12)));
                at += 512 + b.getLong(0) * 512;
            }
        }
        return found.toString();
    }

    @Test
    void dependsOnTheDataOnlyNotOnTheThreads() throws Exception {
        StreamWriter one = writer(storage, false);
        byte[] data = some(4, 64 * GRAIN);
        write(one, 0, data);
        one.close();
        MemoryStorage other = MemoryStorage.named("other");
        StreamWriter many = writer(other, false);
        List<Run.Data> runs = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            runs.add(many.allocate(i * 4L * GRAIN, 4 * GRAIN));
        }
        ExecutorService threads = Executors.newFixedThreadPool(4);
        CountDownLatch first = new CountDownLatch(1);
        List<Future<?>> work = new ArrayList<>();
        for (Run.Data run : runs) {
            work.add(threads.submit(() -> {
                if (run.offset() == 0) {
                    first.await();
                }
                run.storage().write(ByteBuffer.wrap(data, (int) run.offset(), (int) run.length()), run.position());
                if (run.offset() != 0) {
                    first.countDown();
                }
                return null;
            }));
        }
        for (Future<?> each : work) {
            each.get();
        }
        threads.shutdown();
        for (Run.Data run : runs) {
            many.remap(run);
        }
        many.close();
        assertTrue(storage.sameBytes(other));
    }

    @Test
    void grainsMayComeInParts() throws IOException {
        StreamWriter writer = writer(storage, false);
        byte[] data = some(5, 3 * GRAIN);
        Run.Data run = writer.allocate(0, data.length);
        run.storage().zero(100 * 512, 50 * 512);
        for (int from = 0; from < data.length; ) {
            int to = from < 100 * 512 ? 100 * 512 : Math.min(data.length, Math.max(from, 150 * 512) + 13 * 512);
            from = from == 100 * 512 ? 150 * 512 : from;
            run.storage().write(ByteBuffer.wrap(data, from, to - from), run.position() + from);
            from = to;
        }
        writer.remap(run);
        writer.close();
        Arrays.fill(data, 100 * 512, 150 * 512, (byte) 0);
        assertArrayEquals(data, read(storage, 0, data.length));
    }

    @Test
    void whatWasReservedAndNeverWrittenIsZero() throws IOException {
        StreamWriter writer = writer(storage, false);
        Run.Data run = writer.allocate(0, 3 * GRAIN);
        run.storage().write(ByteBuffer.wrap(some(6, 512)), GRAIN);
        writer.remap(run);
        write(writer, 5 * GRAIN, some(7, GRAIN));
        writer.close();
        byte[] expected = new byte[6 * GRAIN];
        System.arraycopy(some(6, 512), 0, expected, GRAIN, 512);
        System.arraycopy(some(7, GRAIN), 0, expected, 5 * GRAIN, GRAIN);
        assertArrayEquals(expected, read(storage, 0, expected.length));
        assertEquals("GGTDFE", markers(storage, 65536));
    }

    @Test
    void whatIsNotShownIsDroppedByFlush() throws IOException {
        StreamWriter writer = writer(storage, false);
        writer.allocate(0, GRAIN);
        Run.Data unseen = writer.allocate(GRAIN, GRAIN);
        unseen.storage().write(ByteBuffer.wrap(some(8, GRAIN)), unseen.position());
        writer.flush();
        write(writer, 2 * GRAIN, some(9, GRAIN));
        writer.close();
        assertArrayEquals(new byte[2 * GRAIN], read(storage, 0, 2 * GRAIN));
        assertEquals("GTDFE", markers(storage, 65536));
    }

    @Test
    void zeroesAreStoredOnlyIfTheyHideAParent() throws IOException {
        StreamWriter writer = writer(storage, false);
        write(writer, 0, new byte[4 * GRAIN]);
        writer.close();
        assertEquals("DFE", markers(storage, 65536));
        MemoryStorage child = MemoryStorage.named("child");
        StreamWriter hiding = writer(child, true);
        write(hiding, 0, new byte[2 * GRAIN]);
        Run.Data more = hiding.allocate(2 * GRAIN, 2 * GRAIN);
        more.storage().zero(more.position(), more.length());
        hiding.remap(more);
        hiding.close();
        assertEquals("GGGGTDFE", markers(child, 65536));
        assertTrue(StreamExtent.open(child, SIZE).map(0, GRAIN) instanceof Run.Data);
    }

    @Test
    void refusesToGoBack() throws IOException {
        StreamWriter writer = writer(storage, false);
        write(writer, 3 * GRAIN, some(1, GRAIN));
        for (long offset : new long[] {0, 3 * GRAIN, 4 * GRAIN - 512}) {
            DiskException e = assertThrows(DiskException.class, () -> writer.allocate(offset, 512));
            assertEquals(ErrorCode.NOT_SUPPORTED, e.code());
        }
        Run.Data run = (Run.Data) writer.map(3 * GRAIN, GRAIN);
        assertThrows(DiskException.class, () -> run.storage().write(ByteBuffer.wrap(some(2, 512)), run.position()));
        assertThrows(DiskException.class, () -> writer.remap(new Run.Free(3 * GRAIN, GRAIN)));
        assertEquals(4 * GRAIN, writer.allocate(4 * GRAIN, 1).offset());
    }

    @Test
    void whatIsWrittenCanBeReadAtOnce() throws IOException {
        StreamWriter writer = writer(storage, false);
        fill(writer);
        byte[] bytes = new byte[3 * GRAIN];
        Run.Data run = (Run.Data) writer.map(0, 3 * GRAIN);
        assertEquals(3 * GRAIN, run.length());
        run.storage().read(ByteBuffer.wrap(bytes), run.position());
        assertArrayEquals(some(1, 3 * GRAIN), bytes);
        assertTrue(writer.map(3 * GRAIN, GRAIN) instanceof Run.Free);
        Run.Data last = (Run.Data) writer.map(SIZE - 1024, 1024);
        byte[] end = new byte[1024];
        last.storage().read(ByteBuffer.wrap(end), last.position());
        assertArrayEquals(Arrays.copyOfRange(some(3, 5 * 512), 3 * 512, 5 * 512), end);
        writer.close();
        assertFilled(storage);
    }

    @Test
    void emptyStreamIsComplete() throws IOException {
        StreamWriter writer = writer(storage, false);
        writer.flush();
        assertEquals(0, storage.size());
        writer.close();
        writer.close();
        assertArrayEquals(new byte[GRAIN], read(storage, SIZE - GRAIN, GRAIN));
    }

    @Test
    void descriptorMayChangeUntilTheEnd() throws IOException {
        StreamWriter writer = writer(storage, false);
        write(writer, 0, some(1, GRAIN));
        writer.text("# Disk DescriptorFile\nCID=1\n".getBytes(StandardCharsets.US_ASCII));
        writer.close();
        assertEquals("CID=1", new String(storage.bytes(512 + 22, 5), StandardCharsets.US_ASCII));
        assertArrayEquals(some(1, GRAIN), read(storage, 0, GRAIN));
    }

    /** A storage that can only be appended to, as a pipe. */
    private static final class Pipe implements Storage {
        private final MemoryStorage received = MemoryStorage.named("pipe");

        @Override
        public URI location() {
            return received.location();
        }

        @Override
        public void read(ByteBuffer dst, long position) throws IOException {
            throw refusal();
        }

        @Override
        public void write(ByteBuffer src, long position) throws IOException {
            if (position != received.size()) {
                throw refusal();
            }
            received.write(src, position);
        }

        private static DiskException refusal() {
            return new DiskException(ErrorCode.NOT_SUPPORTED, "a pipe goes forward");
        }

        @Override
        public long size() throws IOException {
            return received.size();
        }

        @Override
        public void resize(long size) throws IOException {
            throw refusal();
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    @Test
    void goesIntoAPipe() throws IOException {
        Pipe pipe = new Pipe();
        StreamWriter writer = writer(pipe, false);
        fill(writer);
        writer.text("# Disk DescriptorFile\nCID=1\n".getBytes(StandardCharsets.US_ASCII));
        writer.flush();
        writer.close();
        assertFilled(pipe.received);
    }

    @Test
    void isNotCompletedAfterAFailure() throws IOException {
        Faults faults = new Faults();
        StreamWriter writer = writer(new FaultyStorage(storage, faults), false);
        write(writer, 0, some(1, GRAIN));
        faults.fail(Faults.Operation.CHANGES, 1, Faults.Lasting.ONCE);
        assertThrows(DiskException.class, () -> {
            byte[] random = new byte[32 * GRAIN];
            new Random(1).nextBytes(random);
            write(writer, GRAIN, random);
        });
        assertThrows(DiskException.class, () -> writer.allocate(50 * GRAIN, 1));
        writer.close();
        assertFalse(storage.size() > 0, "the first write of a megabyte has failed");
    }

    @Test
    void incompressibleGrainsAreStored() throws IOException {
        byte[] random = new byte[10 * GRAIN];
        new Random(1).nextBytes(random);
        StreamWriter writer = writer(storage, false);
        write(writer, 0, random);
        writer.close();
        assertArrayEquals(random, read(storage, 0, random.length));
    }
}
