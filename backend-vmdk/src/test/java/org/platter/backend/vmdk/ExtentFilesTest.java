// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.platter.backend.vmdk.Vmdk.NAME;
import static org.platter.backend.vmdk.Vmdk.SIZE;
import static org.platter.backend.vmdk.Vmdk.assertCode;
import static org.platter.backend.vmdk.Vmdk.created;
import static org.platter.backend.vmdk.Vmdk.described;
import static org.platter.backend.vmdk.Vmdk.open;
import static org.platter.backend.vmdk.Vmdk.random;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.backend.vmdk.layout.CowdWriter;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Geometry;
import org.platter.format.ImageFlag;
import org.platter.format.ImageInfo;
import org.platter.testkit.ImageDriver;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.MemoryStorage;
import org.platter.testkit.TestImageContext.Mode;

/** Which file a line of a descriptor means, and that it never is somebody else's. */
class ExtentFilesTest {
    private static final byte[] DATA = random(1, 4096);

    private static MemoryFolder flat(String type, String line, String file) {
        MemoryFolder folder = described(type, line);
        folder.put(file, MemoryStorage.of(DATA));
        return folder;
    }

    private static ImageInfo info(MemoryFolder folder, Mode mode) throws IOException {
        return open(folder, mode).image().info();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "VMFS \"/vmfs/volumes/4a365b5d-eceda119/vm/a-flat.vmdk\"",
                "FLAT \"D:\\VMs\\vm\\a-flat.vmdk\" 0",
                "FLAT \"../vm/a-flat.vmdk\" 0",
                "FLAT \"A-FLAT.vmdk\" 0",
                "FLAT \"/vm/A-Flat.VMDK\" 0",
            })
    void theFileBesideTheDescriptorIsUsedAndSaid(String extent) throws IOException {
        MemoryFolder folder = flat("custom", "RW 8 " + extent, "a-flat.vmdk");
        for (Mode mode : List.of(Mode.READ, Mode.WRITE)) {
            ImageDriver image = open(folder, mode);
            assertArrayEquals(DATA, image.read(0, 4096));
            assertEquals(1, image.image().info().notes().size());
            assertTrue(image.image().info().notes().get(0).contains("'a-flat.vmdk'"));
        }
        assertEquals(List.of("a-flat.vmdk"), info(folder, Mode.READ).parts());
        assertEquals(List.of("a-flat.vmdk"), info(folder, Mode.INFO).parts());
    }

    @Test
    void lettersInAnotherFormAreTheSameName() throws IOException {
        MemoryFolder folder = flat("custom", "RW 8 FLAT \"\u00fc.bin\" 0", "u\u0308.bin");
        assertArrayEquals(DATA, open(folder, Mode.READ).read(0, 4096));
    }

    @Test
    void twoFilesThatDifferInCaseAreNotGuessedBetween() {
        MemoryFolder folder = flat("custom", "RW 8 FLAT \"a.bin\" 0", "A.bin");
        folder.put("a.BIN", MemoryStorage.of(DATA));
        DiskException e = assertThrows(DiskException.class, () -> open(folder, Mode.READ));
        assertEquals(ErrorCode.NOT_FOUND, e.code());
        assertTrue(e.getMessage().contains("'A.bin', 'a.BIN'"), e::getMessage);
    }

    @Test
    void aNameThatIsThereIsNotReplaced() throws IOException {
        MemoryFolder folder = flat("custom", "RW 8 FLAT \"a.bin\" 0", "a.bin");
        folder.put("A.bin", MemoryStorage.of(new byte[4096]));
        assertArrayEquals(DATA, open(folder, Mode.READ).read(0, 4096));
        assertEquals(List.of(), info(folder, Mode.READ).notes());
    }

    @Test
    void devicesAreNotLookedForAmongFiles() {
        MemoryFolder folder = flat("fullDevice", "RW 8 FLAT \"/dev/sda\" 0", "sda");
        DiskException e = assertThrows(DiskException.class, () -> open(folder, Mode.READ));
        assertEquals(ErrorCode.DENIED, e.code());
    }

    @Test
    void saysWhatAVsanObjectIs() {
        MemoryFolder folder = described("vmfs", "RW 8 VMFS \"vsan://5b8c2a60-1234\"");
        assertTrue(assertCode(ErrorCode.NOT_SUPPORTED, () -> open(folder, Mode.READ))
                .contains("vSAN"));
    }

    @Test
    void cowdBehindASparseLineOpens() throws IOException {
        byte[] data = random(2, SIZE / 2);
        MemoryFolder folder = described("twoGbMaxExtentSparse", "RW " + SIZE / 512 + " SPARSE \"x\"");
        CowdWriter.create(folder.create("x"), SIZE, 512, Geometry.physical(SIZE), "");
        try (ImageDriver image = open(folder, Mode.WRITE)) {
            image.write(0, data);
            assertTrue(image.readsAs(Arrays.copyOf(data, SIZE)));
            assertTrue(image.image().info().notes().get(0).contains("COWD"));
            image.write(SIZE - 512, random(3, 512));
            image.flush();
        }
        assertArrayEquals(random(3, 512), open(folder, Mode.READ).read(SIZE - 512, 512));
        assertEquals(512, info(folder, Mode.INFO).blockSize());
    }

    /** Images of other kinds, by what stands where. */
    @ParameterizedTest
    @CsvSource({
        "0, KDMV",
        "0, COWD",
        "64, '\u007f\u0010\u00da\u00be'",
        "0, QFI\u00fb",
        "0, vhdxfile",
        "3584, conectix",
        "0, conectix",
        "0, '# Disk DescriptorFile\n'",
        "3584, koly",
        "0, WithoutFreeSpace",
    })
    void aFileWithASignatureOfItsOwnIsNoFlatExtent(int position, String signature) throws IOException {
        byte[] foreign = new byte[4096];
        byte[] bytes = signature.getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(bytes, 0, foreign, position, bytes.length);
        for (String access : List.of("RW", "RDONLY")) {
            MemoryFolder folder = described("monolithicFlat", access + " 8 FLAT \"neighbour.img\" 0");
            folder.put("neighbour.img", MemoryStorage.of(foreign));
            assertCode(ErrorCode.DENIED, () -> open(folder, Mode.WRITE));
            assertCode(ErrorCode.DENIED, () -> open(folder, Mode.READ));
            assertEquals(List.of(), info(folder, Mode.INFO).parts(), "would be deleted with the image");
        }
        MemoryFolder own = described("monolithicFlat", "RW 8 FLAT \"disk-flat.vmdk\" 0");
        own.put("disk-flat.vmdk", MemoryStorage.of(foreign));
        assertArrayEquals(foreign, open(own, Mode.WRITE).read(0, 4096));
        assertEquals(List.of("disk-flat.vmdk"), info(own, Mode.INFO).parts());
    }

    @Test
    void aWholeDiskIsNoSparseExtent() throws IOException {
        MemoryFolder folder = described("twoGbMaxExtentSparse", "RW " + SIZE / 512 + " SPARSE \"other.vmdk\"");
        folder.put("other.vmdk", created(Set.of(), SIZE, DATA).bare(NAME));
        assertCode(ErrorCode.DENIED, () -> open(folder, Mode.WRITE));
        assertEquals(List.of(), info(folder, Mode.INFO).parts());
        assertFalse(info(folder, Mode.INFO).notes().isEmpty());
    }

    @Test
    void partsAreNamedWhetherTheyAreThereOrNot() throws IOException {
        MemoryFolder folder = created(Set.of(ImageFlag.SPLIT_2G), SIZE, DATA, "ExtentSize", "1048576");
        List<String> all = List.of("disk-s001.vmdk", "disk-s002.vmdk", "disk-s003.vmdk", "disk-s004.vmdk");
        assertEquals(all, info(folder, Mode.READ).parts());
        folder.delete("disk-s002.vmdk");
        assertEquals(all, info(folder, Mode.INFO).parts());
        assertEquals(List.of(), info(created(Set.of(), SIZE, DATA), Mode.INFO).parts());
    }

    @Test
    void partsThatGrowthHasMadeAreNamed() throws IOException {
        MemoryFolder folder = created(Set.of(ImageFlag.SPLIT_2G), 1 << 20, DATA, "ExtentSize", "1048576");
        ImageDriver image = open(folder, Mode.WRITE);
        image.image().resize(3L << 30);
        assertEquals(
                List.of("disk-s001.vmdk", "disk-s002.vmdk"),
                image.image().info().parts());
    }

    @Test
    void anEmbeddedDescriptorMayNameMoreExtents() throws IOException {
        MemoryFolder folder = created(Set.of(), SIZE, random(4, SIZE));
        String text = new String(folder.bare(NAME).bytes(512, 4096), StandardCharsets.ISO_8859_1);
        String line = "RW " + SIZE / 512 + " SPARSE \"disk.vmdk\"";
        assertTrue(text.contains(line));
        byte[] changed = text.replace(line, "RW 8 FLAT \"first.bin\" 0\n" + line + "\nRW 8 ZERO")
                .trim()
                .getBytes(StandardCharsets.ISO_8859_1);
        folder.bare(NAME).write(ByteBuffer.wrap(changed), 512);
        folder.put("first.bin", MemoryStorage.of(DATA));
        ImageDriver image = open(folder, Mode.READ);
        assertEquals(SIZE + 8192, image.image().info().size());
        assertArrayEquals(DATA, image.read(0, 4096));
        assertArrayEquals(random(4, SIZE), image.read(4096, SIZE));
        assertArrayEquals(new byte[4096], image.read(4096 + SIZE, 4096));
        assertEquals(List.of("first.bin"), info(folder, Mode.INFO).parts());
    }
}
