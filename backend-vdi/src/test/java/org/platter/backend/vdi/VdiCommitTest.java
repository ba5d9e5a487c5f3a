// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vdi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.platter.error.DiskException;
import org.platter.format.Image;
import org.platter.format.ImageAttributes;
import org.platter.format.ParentLink;
import org.platter.format.Run;
import org.platter.testkit.Faults;
import org.platter.testkit.Faults.Lasting;
import org.platter.testkit.Faults.Operation;
import org.platter.testkit.FaultyStorage;
import org.platter.testkit.ImageDriver;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.MemoryStorage;
import org.platter.testkit.RecordingStorage;
import org.platter.testkit.RecordingStorage.Call;
import org.platter.testkit.RecordingStorage.Kind;
import org.platter.testkit.RecordingStorage.Log;
import org.platter.testkit.TestImageContext;
import org.platter.testkit.TestImageContext.Mode;

/** In which order changes reach the file, and what it says afterwards. */
class VdiCommitTest {
    private static final int BLOCK = 4096;

    private final Log log = new Log();
    private VdiBytes bytes;
    private ImageDriver image;

    @BeforeEach
    void open() throws IOException {
        open(VdiBytes.image(8 * BLOCK, BLOCK));
    }

    private void open(VdiBytes made) throws IOException {
        bytes = made;
        MemoryFolder folder = new MemoryFolder(storage -> new RecordingStorage(storage, log));
        folder.put(VdiBytes.NAME, made.storage());
        image = new ImageDriver(new VdiBackend().open(TestImageContext.of(folder, VdiBytes.NAME, Mode.WRITE)));
        log.clear();
    }

    private static byte[] filled(int value) {
        byte[] block = new byte[BLOCK];
        Arrays.fill(block, (byte) value);
        return block;
    }

    private int allocated() throws IOException {
        return VdiBytes.u32(bytes.storage(), VdiBytes.ALLOCATED);
    }

    private int blocks() throws IOException {
        return VdiBytes.u32(bytes.storage(), VdiBytes.BLOCKS);
    }

    private int entry(int block) throws IOException {
        return VdiBytes.u32(bytes.storage(), 512 + 4L * block);
    }

    /** What was changed: data, map, header, and so on, without repetition. */
    private List<String> order() {
        List<String> order = new ArrayList<>();
        for (Call call : log.calls()) {
            String what = call.kind() != Kind.WRITE
                    ? call.kind().name()
                    : call.position() == 0 ? "header" : call.position() < 1024 ? "map" : "data";
            if (call.kind() != Kind.READ && (order.isEmpty() || !what.equals(order.get(order.size() - 1)))) {
                order.add(what);
            }
        }
        log.clear();
        return order;
    }

    @Test
    void dataAndHeaderAreDurableBeforeTheMapNamesThem() throws IOException {
        image.write(0, filled(1));
        image.write(BLOCK, filled(2));
        image.flush();
        assertEquals(List.of("data", "header", "FLUSH", "map", "FLUSH"), order());
        assertEquals(2, allocated());
    }

    @Test
    void flushWithoutChangesIsOneFlush() throws IOException {
        image.flush();
        assertEquals(List.of("FLUSH"), order());
        image.write(0, filled(1));
        image.flush();
        order();
        image.write(0, filled(2));
        image.flush();
        assertEquals(List.of("data", "FLUSH"), order());
    }

    @Test
    void zeroMarkIsWrittenToTheMap() throws IOException {
        image.write(0, filled(1));
        image.flush();
        assertTrue(image.zero(0, BLOCK));
        image.flush();
        assertEquals(VdiBytes.ZERO, entry(0));
        assertTrue(image.free(0, BLOCK));
        image.flush();
        assertEquals(VdiBytes.FREE, entry(0));
    }

    @Test
    void countIsLoweredAndTheFileCutAfterTheMapIsDurable() throws IOException {
        image.write(0, filled(1));
        image.write(BLOCK, filled(2));
        image.flush();
        order();
        image.free(BLOCK, BLOCK);
        image.flush();
        assertEquals(List.of("FLUSH", "map", "FLUSH", "header", "FLUSH", "RESIZE"), order());
        assertEquals(1, allocated());
        assertEquals(bytes.position(1), bytes.storage().size());
    }

    @Test
    void holesArePunchedAfterTheMapIsDurable() throws IOException {
        image.write(0, filled(1));
        image.write(BLOCK, filled(2));
        image.flush();
        order();
        image.free(0, BLOCK);
        image.flush();
        assertEquals(List.of("FLUSH", "map", "FLUSH", "DISCARD"), order());
        assertEquals(2, allocated());
        image.write(2 * BLOCK, filled(3));
        image.flush();
        assertEquals(0, entry(2));
        assertEquals(List.of("data", "FLUSH", "map", "FLUSH"), order());
    }

    @Test
    void punchesNothingThatIsInUseAgainAfterAFailure() throws IOException {
        Faults faults = new Faults();
        MemoryFolder folder = new MemoryFolder(storage -> new FaultyStorage(storage, faults));
        folder.put(VdiBytes.NAME, bytes.storage());
        image = new ImageDriver(new VdiBackend().open(TestImageContext.of(folder, VdiBytes.NAME, Mode.WRITE)));
        image.write(0, filled(1));
        image.image().allocate(BLOCK, BLOCK);
        faults.fail(Operation.CHANGES, 1, Lasting.ONCE);
        assertThrows(DiskException.class, image::flush);
        image.write(2 * BLOCK, filled(3)); // where block 1 would have been
        image.write(3 * BLOCK, filled(4));
        image.flush();
        assertArrayEquals(filled(3), image.read(2 * BLOCK, BLOCK));
    }

    @Test
    void parentIsForgottenAfterTheMapIsDurable() throws IOException {
        VdiBytes child = VdiBytes.image(8 * BLOCK, BLOCK).u32(VdiBytes.TYPE, 4).u64(VdiBytes.PARENT_UUID, 5);
        open(child);
        image.write(0, filled(1));
        image.image().update(ImageAttributes.NONE.withParent(ParentLink.NONE).withModificationUuid(new UUID(7, 7)));
        image.flush();
        assertEquals(List.of("data", "header", "FLUSH", "map", "FLUSH", "header", "FLUSH"), order());
        assertEquals(1, VdiBytes.u32(bytes.storage(), VdiBytes.TYPE));
        assertEquals(0, VdiBytes.u64(bytes.storage(), VdiBytes.PARENT_UUID));
    }

    @Test
    void attributesAloneAreOneHeader() throws IOException {
        image.image().update(ImageAttributes.NONE.withModificationUuid(new UUID(7, 7)));
        assertEquals(List.of(), order());
        image.flush();
        assertEquals(List.of("header", "FLUSH"), order());
    }

    @Test
    void fullImageLendsEntriesUntilBlocksLetGoAreFree() throws IOException {
        for (int block = 0; block < 8; block++) {
            image.write((long) block * BLOCK, filled(block));
        }
        image.flush();
        image.free(3 * BLOCK, BLOCK);
        image.write(3 * BLOCK, filled(33));
        image.flush();
        assertEquals(9, allocated());
        assertEquals(9, blocks());
        assertEquals(VdiBytes.FREE, entry(8));
        assertEquals(8, entry(3));
        image.free(3 * BLOCK, BLOCK);
        image.flush();
        assertEquals(8, allocated());
        assertEquals(8, blocks());
    }

    @Test
    void fullImageWithoutSpareEntriesFlushesToGetAtBlocksLetGo() throws IOException {
        open(VdiBytes.image(128 * BLOCK, BLOCK));
        byte[] all = new byte[128 * BLOCK];
        Arrays.fill(all, (byte) 4);
        image.write(0, all);
        image.flush();
        order();
        Image bare = image.image();
        bare.remap(new Run.Free(0, BLOCK));
        Run.Data room = bare.allocate(BLOCK, BLOCK);
        assertEquals(bytes.position(0), room.position());
        assertEquals(List.of("FLUSH", "map", "FLUSH", "DISCARD"), order());
    }

    @Test
    void reservationsOfWritersThatFailedAreHandedOutAgain() throws IOException {
        Run.Data first = image.allocate(0, 3 * BLOCK);
        assertEquals(3 * BLOCK, first.length());
        assertEquals(first.position(), image.allocate(0, BLOCK).position());
        Run.Data other = image.allocate(4 * BLOCK, BLOCK);
        assertEquals(bytes.position(3), other.position());
        image.flush();
        assertEquals(bytes.position(0), bytes.storage().size());
    }

    @Test
    void hugeDiscardsDoNotPileUp() throws IOException {
        VdiBytes large = VdiBytes.image((3L << 20) * 512, 512);
        open(large);
        image.image().remap(new Run.Zero(0, (3L << 20) * 512));
        assertTrue(log.calls(Kind.FLUSH).size() >= 4);
        image.flush();
        MemoryStorage storage = large.storage();
        assertEquals(VdiBytes.ZERO, VdiBytes.u32(storage, 512));
        assertEquals(VdiBytes.ZERO, VdiBytes.u32(storage, 512 + 4L * ((3 << 20) - 1)));
    }

    @Test
    void lastBlockIsStoredWholeWithZeroesBehindTheDisk() throws IOException {
        open(VdiBytes.image(3 * BLOCK + 512, BLOCK));
        image.write(0, filled(0xEE));
        image.write(BLOCK, filled(0xEE));
        image.flush();
        image.free(0, BLOCK);
        image.flush();
        bytes.data(0, 0xEE); // a storage that does not punch holes
        image.write(3 * BLOCK, Arrays.copyOf(filled(7), 512));
        image.flush();
        assertEquals(0, entry(3));
        assertArrayEquals(
                Arrays.copyOf(Arrays.copyOf(filled(7), 512), BLOCK),
                bytes.storage().bytes(bytes.position(0), BLOCK));
        image.free(0, 3 * BLOCK);
        image.flush();
        assertEquals(bytes.position(1), bytes.storage().size());
    }
}
