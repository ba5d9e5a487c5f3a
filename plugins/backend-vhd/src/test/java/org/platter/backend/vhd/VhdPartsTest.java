// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Image;
import org.platter.format.Progress;
import org.platter.testkit.ImageDriver;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.MemoryStorage;
import org.platter.testkit.TestImageContext;

/** Images that Virtual PC has split over several files. */
class VhdPartsTest {
    private static final int BLOCK = 4096;
    private static final int FILE = 32 << 10;

    private final byte[] whole = new VhdBytes(4 * BLOCK, BLOCK, FILE)
            .block(0, 20, 0xFF, 0xA0)
            .block(1, 8, 0xF0, 0xA1)
            .block(3, 31, 0xFF, 0xA3)
            .sealed();

    /** The file cut at these places, the parts with these names. */
    private MemoryFolder split(byte[] file, List<String> names, int... cuts) throws IOException {
        MemoryFolder folder = new MemoryFolder();
        int from = 0;
        for (int i = 0; i < names.size(); i++) {
            int to = i < cuts.length ? cuts[i] : file.length;
            folder.put(names.get(i), MemoryStorage.of(Arrays.copyOfRange(file, from, to)));
            from = to;
        }
        return folder;
    }

    private static Image open(MemoryFolder folder) throws IOException {
        return new VhdBackend().open(TestImageContext.forReading(folder, VhdBytes.NAME));
    }

    @ParameterizedTest
    @ValueSource(ints = {2048, 11000, 16384, 20000, FILE - 512, FILE - 100})
    void partsAreReadAsTheImageThatTheyWere(int cut) throws IOException {
        byte[] disk = new ImageDriver(open(MemoryFolder.of(VhdBytes.NAME, whole))).readAll();
        MemoryFolder folder = split(whole, List.of(VhdBytes.NAME, "disk.V01", "disk.v02"), cut, cut + 50);
        Image image = open(folder);
        assertArrayEquals(disk, new ImageDriver(image).readAll());
        assertEquals(List.of("disk.V01", "disk.v02"), image.info().parts());
        assertTrue(image.info().notes().get(0).contains("split into disk.vhd, disk.V01, disk.v02"));
        assertEquals(0, image.check(Progress.NONE).errors());
    }

    @Test
    void fixedImageIsReadFromItsParts() throws IOException {
        byte[] file = Arrays.copyOf(new byte[0], 8192 + 512);
        Arrays.fill(file, 0, 8192, (byte) 5);
        VhdBytes bytes = new VhdBytes(8192, BLOCK, FILE);
        bytes.footer.putInt(VhdBytes.F_TYPE, 2).putLong(VhdBytes.F_HEADER, -1);
        bytes.sealed();
        System.arraycopy(bytes.footer.array(), 0, file, 8192, 512);
        Image image = open(split(file, List.of(VhdBytes.NAME, "disk.v01"), 5000));
        assertArrayEquals(Arrays.copyOf(file, 8192), new ImageDriver(image).readAll());
    }

    @Test
    void splitImageCannotBeChanged() throws IOException {
        MemoryFolder folder = split(whole, List.of(VhdBytes.NAME, "disk.v01"), 20000);
        DiskException refusal = assertThrows(
                DiskException.class, () -> new VhdBackend().open(TestImageContext.forWriting(folder, VhdBytes.NAME)));
        assertEquals(ErrorCode.NOT_SUPPORTED, refusal.code());
        assertTrue(refusal.getMessage().contains("disk.vhd, disk.v01"), refusal::getMessage);
    }

    /** A part that is missing makes an error where it is needed, not zeroes. */
    @Test
    void missingPartIsNoZeroes() throws IOException {
        MemoryFolder folder = split(whole, List.of(VhdBytes.NAME, "disk.v01", "disk.v02"), 8192, 16000);
        folder.delete("disk.v02");
        Image image = open(folder);
        assertEquals(2, image.check(Progress.NONE).errors()); // the footer, and the block at sector 31
        assertThrows(DiskException.class, () -> new ImageDriver(image).read(3 * BLOCK + 1024, 512));
        assertArrayEquals(new byte[] {(byte) 0xA0}, new ImageDriver(image).read(0, 1));
    }

    @Test
    void foreignFileIsNoPart() throws IOException {
        VhdBytes other = new VhdBytes(4 * BLOCK, BLOCK, FILE);
        other.footer.putLong(VhdBytes.F_ID, new UUID(9, 9).getMostSignificantBits());
        MemoryFolder folder = split(whole, List.of(VhdBytes.NAME), FILE - 512);
        folder.put("disk.v01", MemoryStorage.of(other.sealed()));
        Image image = open(folder);
        assertEquals(List.of(), image.info().parts());
        MemoryFolder complete = MemoryFolder.of(VhdBytes.NAME, whole);
        complete.put("disk.v01", MemoryStorage.of(ByteBuffer.allocate(100).array()));
        assertEquals(List.of(), open(complete).info().parts());
        assertFalse(image.info().size() == 0);
    }
}
