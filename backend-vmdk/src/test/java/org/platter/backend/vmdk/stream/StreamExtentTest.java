// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.backend.vmdk.layout.HostedHeader;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.CheckReport;
import org.platter.format.Run;
import org.platter.testkit.MemoryStorage;

/** Reading of streams, healthy and damaged ones. */
class StreamExtentTest {
    private static final int GRAIN = 65536;
    private static final int SIZE = 10 * GRAIN + 1024;

    private final MemoryStorage storage = MemoryStorage.named("stream");
    private final byte[] data = new byte[SIZE];

    @BeforeEach
    void write() throws IOException {
        for (int i = 0; i < SIZE; i++) {
            data[i] = (byte) (i * 31 >> 7);
        }
        StreamWriter writer =
                StreamWriter.create(storage, SIZE, new StreamWriter.Settings(GRAIN, 6, false), new byte[] {'#'});
        Run.Data run = writer.allocate(0, SIZE);
        run.storage().write(ByteBuffer.wrap(data), run.position());
        writer.remap(run);
        writer.close();
    }

    private byte[] read(long offset, int length) throws IOException {
        Run.Data run = (Run.Data) StreamExtent.open(storage, SIZE).map(offset, length);
        assertEquals(length, run.length());
        byte[] bytes = new byte[length];
        run.storage().read(ByteBuffer.wrap(bytes), run.position());
        return bytes;
    }

    /** Puts other bytes where the first grain is: a marker for {@code sector} and this data. */
    private void replaceFirst(long sector, byte[] compressed) throws IOException {
        replaceFirst(sector, compressed.length, compressed);
    }

    private void replaceFirst(long sector, int length, byte[] compressed) throws IOException {
        long at = storage.size();
        ByteBuffer bytes = ByteBuffer.allocate(12 + compressed.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(sector).putInt(length).put(compressed);
        // in front of footer and end, which move; tables stay where they are
        byte[] tail = storage.bytes(at - 3 * 512, 3 * 512);
        int padded = (bytes.capacity() + 511) / 512 * 512;
        storage.resize(at - 3 * 512);
        storage.write(bytes.flip(), at - 3 * 512);
        storage.resize(at - 3 * 512 + padded);
        storage.write(ByteBuffer.wrap(tail), storage.size());
        poke(table(), (int) ((at - 3 * 512) / 512));
    }

    private long table() throws IOException {
        long directory = HostedHeader.read(storage, storage.size() - 1024).directory() * 512;
        return peek(directory) * 512L;
    }

    private int peek(long position) throws IOException {
        return ByteBuffer.wrap(storage.bytes(position, 4))
                .order(ByteOrder.LITTLE_ENDIAN)
                .getInt();
    }

    private void poke(long position, int value) throws IOException {
        storage.write(
                ByteBuffer.allocate(4)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(value)
                        .flip(),
                position);
    }

    private static byte[] deflate(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (DeflaterOutputStream deflater = new DeflaterOutputStream(out)) {
            deflater.write(bytes);
        }
        return out.toByteArray();
    }

    private void assertCorrupt(String named) {
        for (int length : new int[] {512, GRAIN, 2 * GRAIN}) {
            DiskException e = assertThrows(DiskException.class, () -> read(0, length));
            assertEquals(ErrorCode.CORRUPT, e.code());
            assertTrue(e.getMessage().contains(named), e::getMessage);
        }
    }

    @Test
    void readsAnyRange() throws IOException {
        assertArrayEquals(data, read(0, SIZE));
        for (int at = 0; at + 100_000 <= SIZE; at += 33_333 * 3) {
            assertArrayEquals(Arrays.copyOfRange(data, at, at + 100_000), read(at, 100_000));
        }
        assertArrayEquals(Arrays.copyOfRange(data, SIZE - 1024, SIZE), read(SIZE - 1024, 1024));
    }

    @Test
    void readsIntoBuffersOfAnyKind() throws IOException {
        Run.Data run = (Run.Data) StreamExtent.open(storage, SIZE).map(0, SIZE);
        ByteBuffer direct = ByteBuffer.allocateDirect(SIZE + 10).position(10);
        run.storage().read(direct, 0);
        assertEquals(ByteBuffer.wrap(data), direct.position(10));
        assertThrows(java.io.EOFException.class, () -> run.storage().read(ByteBuffer.allocate(2), SIZE - 1));
        assertThrows(DiskException.class, () -> run.storage().write(ByteBuffer.allocate(1), 0));
        assertTrue(run.storage().readOnly());
    }

    @Test
    void manyThreadsReadAtOnce() throws Exception {
        Run.Data run = (Run.Data) StreamExtent.open(storage, SIZE).map(0, SIZE);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        List<Future<Boolean>> results = new ArrayList<>();
        for (int thread = 0; thread < 4; thread++) {
            int step = 4096 << thread;
            results.add(threads.submit(() -> {
                for (int at = 0; at + step <= SIZE; at += step) {
                    ByteBuffer bytes = ByteBuffer.allocate(step);
                    run.storage().read(bytes, at);
                    if (!bytes.flip().equals(ByteBuffer.wrap(data, at, step))) {
                        return false;
                    }
                }
                return true;
            }));
        }
        for (Future<Boolean> each : results) {
            assertTrue(each.get());
        }
        threads.shutdown();
    }

    @Test
    void acceptsALastGrainThatIsShort() throws IOException {
        long grain = peek(table() + 40) * 512L;
        byte[] small = deflate(Arrays.copyOfRange(data, SIZE - 1024, SIZE));
        ByteBuffer bytes = ByteBuffer.allocate(12 + small.length).order(ByteOrder.LITTLE_ENDIAN);
        storage.write(bytes.putLong(10 * 128).putInt(small.length).put(small).flip(), grain);
        assertArrayEquals(Arrays.copyOfRange(data, SIZE - 1024, SIZE), read(SIZE - 1024, 1024));
        assertArrayEquals(data, read(0, SIZE));
    }

    @Test
    void refusesGrainsOfOtherPlaces() throws IOException {
        poke(table(), peek(table() + 4));
        assertCorrupt("is for sector 128 of the disk, not 0");
    }

    @Test
    void refusesAGrainThatIsTooLong() throws IOException {
        replaceFirst(0, deflate(new byte[GRAIN + 1]));
        assertCorrupt("inflates to more than");
    }

    @Test
    void refusesABomb() throws IOException {
        byte[] bomb = deflate(new byte[64 << 20]);
        assertTrue(bomb.length < 2 * GRAIN);
        replaceFirst(0, bomb);
        assertCorrupt("inflates to more than");
    }

    @Test
    void refusesAGrainThatIsTooShort() throws IOException {
        replaceFirst(0, deflate(Arrays.copyOf(data, GRAIN - 1)));
        assertCorrupt("inflates to 65535 bytes instead of 65536");
    }

    @Test
    void refusesBytesBehindTheData() throws IOException {
        byte[] whole = deflate(Arrays.copyOf(data, GRAIN));
        replaceFirst(0, Arrays.copyOf(whole, whole.length + 1));
        assertCorrupt("ends early");
    }

    @Test
    void refusesDataThatDoesNotEnd() throws IOException {
        byte[] whole = deflate(Arrays.copyOf(data, GRAIN));
        replaceFirst(0, Arrays.copyOf(whole, whole.length - 5));
        assertCorrupt("does not end");
    }

    @Test
    void refusesAWrongChecksum() throws IOException {
        byte[] whole = deflate(Arrays.copyOf(data, GRAIN));
        whole[whole.length - 1]++;
        replaceFirst(0, whole);
        assertCorrupt("no zlib stream");
    }

    @Test
    void refusesWhatIsNoZlibStream() throws IOException {
        replaceFirst(0, new byte[500]);
        assertCorrupt("no zlib stream");
    }

    @Test
    void refusesADictionary() throws IOException {
        Deflater deflater = new Deflater();
        deflater.setDictionary("dictionary".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        deflater.setInput(new byte[GRAIN]);
        deflater.finish();
        byte[] out = new byte[4096];
        int length = deflater.deflate(out);
        deflater.end();
        replaceFirst(0, Arrays.copyOf(out, length));
        assertCorrupt("dictionary");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2 * GRAIN, Integer.MAX_VALUE, -1, 120_000})
    void refusesLengthsThatCannotBe(int length) throws IOException {
        replaceFirst(0, length, deflate(new byte[10]));
        assertCorrupt("VMDK grain");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, -1, 1 << 20})
    void refusesGrainsOutsideOfTheFile(int sector) throws IOException {
        poke(table(), sector);
        assertThrows(DiskException.class, () -> read(0, 512));
        CheckReport.Builder report = new CheckReport.Builder();
        StreamExtent.open(storage, SIZE).check(report, 0, org.platter.format.Progress.NONE);
        assertEquals(1, report.report().errors());
    }

    @Test
    void refusesATableOutsideOfTheFile() throws IOException {
        long directory = HostedHeader.read(storage, storage.size() - 1024).directory() * 512;
        poke(directory, 1 << 20);
        assertThrows(DiskException.class, () -> read(0, 512));
        CheckReport.Builder report = new CheckReport.Builder();
        StreamExtent.open(storage, SIZE).check(report, 0, org.platter.format.Progress.NONE);
        assertEquals(1, report.report().errors());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 512, 1024, 1536, 5000})
    void refusesAStreamThatIsCutOff(int missing) throws IOException {
        storage.resize(storage.size() - missing);
        assertThrows(DiskException.class, () -> StreamExtent.open(storage, SIZE));
    }

    @ParameterizedTest
    @CsvSource({"0x0C, 99", "0x14, 64", "0x2C, 1024", "0x38, -1", "0x38, 0", "0x38, 0x7fffffff", "0x00, 1", "0x08, 1"})
    void refusesAFooterThatContradictsTheHeader(String field, String value) throws IOException {
        long footer = storage.size() - 1024;
        poke(footer + Integer.decode(field), Integer.decode(value));
        if (value.equals("-1")) {
            poke(footer + Integer.decode(field) + 4, -1);
        }
        assertThrows(DiskException.class, () -> StreamExtent.open(storage, SIZE));
    }

    @Test
    void checksItsMarkers() throws IOException {
        CheckReport.Builder healthy = new CheckReport.Builder();
        StreamExtent.open(storage, SIZE).check(healthy, 0, org.platter.format.Progress.NONE);
        assertEquals(0, healthy.report().errors());
        poke(table() + 8, peek(table() + 4));
        CheckReport.Builder report = new CheckReport.Builder();
        StreamExtent.open(storage, SIZE).check(report, 4096, org.platter.format.Progress.NONE);
        assertEquals(1, report.report().errors());
        assertEquals(2 * GRAIN + 4096, report.report().findings().get(0).offset());
    }
}
