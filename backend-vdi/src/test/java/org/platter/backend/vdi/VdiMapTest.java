// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vdi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Image;
import org.platter.format.Run;
import org.platter.storage.Storage;
import org.platter.testkit.ForwardingStorage;
import org.platter.testkit.ImageDriver;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.MemoryStorage;
import org.platter.testkit.RecordingStorage;
import org.platter.testkit.RecordingStorage.Call;
import org.platter.testkit.RecordingStorage.Kind;
import org.platter.testkit.RecordingStorage.Log;
import org.platter.testkit.TestImageContext;
import org.platter.testkit.TestImageContext.Mode;

/** What the map answers, and what it costs. */
class VdiMapTest {
    private static final int BLOCK = 4096;
    private static final long MIB = 1 << 20;
    private static final long TIB = 1L << 40;

    private static Image open(MemoryFolder folder, Mode mode) throws IOException {
        return new VdiBackend().open(TestImageContext.of(folder, VdiBytes.NAME, mode));
    }

    private static List<String> runs(Image image) throws IOException {
        List<String> runs = new java.util.ArrayList<>();
        long size = image.info().size();
        for (long at = 0; at < size; ) {
            Run run = image.map(at, size - at);
            runs.add(run.getClass().getSimpleName() + " " + run.length() / BLOCK);
            at = run.end();
        }
        return runs;
    }

    @ParameterizedTest
    @EnumSource(names = {"READ", "WRITE"})
    void neighboursOfOneKindAreOneRun(Mode mode) throws IOException {
        VdiBytes bytes = VdiBytes.image(10 * BLOCK, BLOCK).u32(VdiBytes.ALLOCATED, 5);
        bytes.entry(0, 3).entry(1, 4).entry(2, 1).entry(3, 0);
        bytes.entry(6, VdiBytes.ZERO).entry(7, VdiBytes.ZERO).entry(8, 2);
        bytes.size(bytes.position(5));
        assertEquals(
                List.of("Data 2", "Data 1", "Data 1", "Free 2", "Zero 2", "Data 1", "Free 1"),
                runs(open(bytes.folder(), mode)));
    }

    @Test
    void answersNoMoreThanWasAskedFor() throws IOException {
        VdiBytes bytes = VdiBytes.image(10 * BLOCK, BLOCK).u32(VdiBytes.ALLOCATED, 2);
        bytes.entry(0, 0).entry(1, 1).size(bytes.position(2));
        Image image = open(bytes.folder(), Mode.READ);
        Run.Data data = (Run.Data) image.map(BLOCK - 512, 1024);
        assertEquals(1024, data.length());
        assertEquals(bytes.position(1) - 512, data.position());
        assertEquals(new Run.Free(2 * BLOCK + 512, 512), image.map(2 * BLOCK + 512, 512));
        assertEquals(new Run.Free(9 * BLOCK, BLOCK), image.map(9 * BLOCK, BLOCK));
    }

    @Test
    void oneAnswerLooksAtAPageOfDataAtTheMost() throws IOException {
        int blocks = 20000;
        VdiBytes bytes = VdiBytes.image((long) blocks * BLOCK, BLOCK).u32(VdiBytes.ALLOCATED, blocks);
        for (int block = 0; block < blocks; block++) {
            bytes.entry(block, block);
        }
        bytes.size(bytes.position(blocks));
        Image image = open(bytes.folder(), Mode.WRITE);
        assertEquals(List.of("Data 4096", "Data 4096", "Data 4096", "Data 4096", "Data 3616"), runs(image));
    }

    /** A file that keeps its map with every bit turned round, so that a map of free entries takes no memory. */
    private static final class TurnedMap extends ForwardingStorage {
        private final long from;
        private final long to;

        TurnedMap(Storage below, long from, long to) {
            super(below);
            this.from = from;
            this.to = to;
        }

        @Override
        public void read(ByteBuffer dst, long position) throws IOException {
            ByteBuffer window = dst.duplicate();
            super.read(dst, position);
            turn(window, position);
        }

        @Override
        public void write(ByteBuffer src, long position) throws IOException {
            ByteBuffer turned = ByteBuffer.allocate(src.remaining()).put(src).flip();
            turn(turned.duplicate(), position);
            super.write(turned, position);
        }

        private void turn(ByteBuffer bytes, long position) {
            long first = Math.max(from, position);
            long end = Math.min(to, position + bytes.remaining());
            for (long at = first; at < end; at++) {
                int index = bytes.position() + (int) (at - position);
                bytes.put(index, (byte) ~bytes.get(index));
            }
        }
    }

    private record Large(MemoryFolder folder, Log log) {
        static Large of(long size, long blockSize) throws IOException {
            long blocks = size / blockSize;
            long data = (MIB + 4 * blocks + MIB - 1) / MIB * MIB;
            VdiBytes bytes = VdiBytes.image(BLOCK, BLOCK)
                    .u64(VdiBytes.DISK_SIZE, size)
                    .u32(VdiBytes.BLOCK_SIZE, (int) blockSize)
                    .u32(VdiBytes.BLOCKS, (int) blocks)
                    .u32(VdiBytes.MAP_POSITION, (int) MIB)
                    .u32(VdiBytes.DATA_POSITION, (int) data)
                    .size(data);
            Log log = new Log();
            MemoryFolder folder = new MemoryFolder(
                    storage -> new RecordingStorage(new TurnedMap(storage, MIB, MIB + 4 * blocks), log));
            folder.put(VdiBytes.NAME, bytes.storage());
            return new Large(folder, log);
        }

        /** Lets a block of the disk be that physical block, behind the back of everybody. */
        void entry(long block, int physical) throws IOException {
            ByteBuffer entry =
                    ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(physical);
            folder.open(VdiBytes.NAME).write(entry.flip(), MIB + 4 * block);
        }

        /** Gives the file that many physical blocks. */
        void allocated(int blocks) throws IOException {
            MemoryStorage storage = folder.bare(VdiBytes.NAME);
            storage.write(ByteBuffer.wrap(new byte[] {(byte) blocks}), VdiBytes.ALLOCATED);
            storage.resize(storage.size() + blocks * MIB);
        }

        long bytesRead() {
            return log.calls(Kind.READ).stream().mapToLong(Call::length).sum();
        }
    }

    @Test
    void opensADiskOf60TebibytesByReadingItsHeader() throws IOException {
        Large large = Large.of(60 * TIB, MIB);
        for (Mode mode : List.of(Mode.READ, Mode.WRITE)) {
            large.log().clear();
            Image image = open(large.folder(), mode);
            assertEquals(60 * TIB, image.info().size());
            assertTrue(large.bytesRead() <= 4096, () -> large.bytesRead() + " bytes read");
        }
    }

    @Test
    void opensADiskOfAPebibyteByReadingItsHeader() throws IOException {
        Large large = Large.of(1023 * TIB, MIB);
        Image image = open(large.folder(), Mode.WRITE);
        assertInstanceOf(Run.Free.class, image.map(1022 * TIB, 4096));
        assertTrue(large.bytesRead() <= 1 << 17, () -> large.bytesRead() + " bytes read");
    }

    @Test
    void mapsAnEmptyDiskInFewAnswers() throws IOException {
        Large large = Large.of(60 * TIB, MIB);
        Image image = open(large.folder(), Mode.READ);
        assertTrue(runs(image).size() <= 64);
    }

    @Test
    void firstWriteToAHugeDiskReadsLittleOfItsMap() throws IOException {
        Large large = Large.of(60 * TIB, MIB);
        ImageDriver image = new ImageDriver(open(large.folder(), Mode.WRITE));
        byte[] bytes = new byte[(int) MIB];
        bytes[77] = 1;
        image.write(33 * TIB, bytes);
        image.flush();
        assertTrue(large.bytesRead() <= 1 << 18, () -> large.bytesRead() + " bytes read");
        assertArrayEquals(bytes, new ImageDriver(open(large.folder(), Mode.READ)).read(33 * TIB, (int) MIB));
    }

    @Test
    void hugeDiskFindsTheHolesWhenTheFirstBlockIsLetGo() throws IOException {
        Large large = Large.of(8 * TIB, MIB);
        ImageDriver image = new ImageDriver(open(large.folder(), Mode.WRITE));
        byte[] bytes = new byte[(int) MIB];
        bytes[0] = 1;
        for (long at : new long[] {0, 5 * TIB, 7 * TIB}) {
            image.write(at, bytes);
        }
        image.flush();
        long full = large.folder().bare(VdiBytes.NAME).size();
        image.close();
        image = new ImageDriver(open(large.folder(), Mode.WRITE));
        assertTrue(image.free(0, MIB));
        image.flush();
        image.write(6 * TIB, bytes);
        image.flush();
        assertEquals(full, large.folder().bare(VdiBytes.NAME).size());
        assertTrue(image.free(5 * TIB, TIB) && image.free(6 * TIB, 2 * TIB));
        image.flush();
        assertEquals(full - 3 * MIB, large.folder().bare(VdiBytes.NAME).size());
    }

    @Test
    void hugeMapIsVerifiedWhereItIsUsed() throws IOException {
        Large large = Large.of(8 * TIB, MIB);
        large.allocated(1);
        large.entry(0, 0);
        large.entry(5 << 20, 0);
        Image image = open(large.folder(), Mode.WRITE);
        assertInstanceOf(Run.Free.class, image.map(TIB, MIB));
        DiskException refusal = assertThrows(DiskException.class, () -> image.remap(new Run.Zero(0, MIB)));
        assertEquals(ErrorCode.CORRUPT, refusal.code());
    }

    @Test
    void sharedBlockOfAHugeMapIsFoundWhenTheSecondIsTouched() throws IOException {
        Large large = Large.of(8 * TIB, MIB);
        large.allocated(1);
        large.entry(5 << 20, 0);
        large.entry(7 << 20, 0);
        Image image = open(large.folder(), Mode.WRITE);
        assertFalse(((Run.Data) image.map(5 * TIB, 512)).storage().readOnly());
        assertTrue(((Run.Data) image.map(7 * TIB, 512)).storage().readOnly());
        assertTrue(((Run.Data) image.map(5 * TIB, 512)).storage().readOnly());
        assertThrows(DiskException.class, () -> image.allocate(0, 512));
    }

    @Test
    void entryThatWouldBecomeValidByGrowingIsFound() throws IOException {
        Large large = Large.of(8 * TIB, MIB);
        large.entry(5 << 20, 0);
        ImageDriver image = new ImageDriver(open(large.folder(), Mode.WRITE));
        image.write(0, new byte[(int) MIB]);
        image.flush();
        assertThrows(DiskException.class, () -> image.read(5 * TIB, 512));
        assertThrows(DiskException.class, () -> image.write(5 * TIB, new byte[512]));
    }

    @Test
    void lowCounterOfAHugeDiskDoesNotPutNewBlocksOverData() throws IOException {
        Large large = Large.of(8 * TIB, MIB);
        MemoryStorage storage = large.folder().bare(VdiBytes.NAME);
        large.allocated(3);
        large.entry(5 << 20, 2);
        storage.write(ByteBuffer.wrap(new byte[] {0}), VdiBytes.ALLOCATED);
        long end = storage.size();
        ImageDriver image = new ImageDriver(open(large.folder(), Mode.WRITE));
        byte[] bytes = new byte[(int) MIB];
        bytes[0] = 1;
        image.write(0, bytes);
        image.flush();
        assertEquals(end, ((Run.Data) image.map(0, MIB)).position());
    }
}
