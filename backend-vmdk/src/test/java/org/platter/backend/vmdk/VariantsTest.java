// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.platter.backend.vmdk.Vmdk.NAME;
import static org.platter.backend.vmdk.Vmdk.SIZE;
import static org.platter.backend.vmdk.Vmdk.assertClean;
import static org.platter.backend.vmdk.Vmdk.assertCode;
import static org.platter.backend.vmdk.Vmdk.create;
import static org.platter.backend.vmdk.Vmdk.created;
import static org.platter.backend.vmdk.Vmdk.described;
import static org.platter.backend.vmdk.Vmdk.open;
import static org.platter.backend.vmdk.Vmdk.random;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Capability;
import org.platter.format.Geometry;
import org.platter.format.ImageAttributes;
import org.platter.format.ImageFlag;
import org.platter.format.ImageInfo;
import org.platter.format.ImageSpec;
import org.platter.format.ParentLink;
import org.platter.format.Progress;
import org.platter.format.RawDiskSpec;
import org.platter.format.RepairMode;
import org.platter.format.Run;
import org.platter.testkit.ImageDriver;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.MemoryStorage;
import org.platter.testkit.TestImageContext;
import org.platter.testkit.TestImageContext.Mode;

/** What each variant is made of, and what descriptors of others mean. */
class VariantsTest {
    private static final int EXTENT = 1 << 20;

    private static Set<ImageFlag> flags(String names) {
        Set<ImageFlag> flags = java.util.EnumSet.noneOf(ImageFlag.class);
        Arrays.stream(names.split("\\+"))
                .filter(name -> !name.isEmpty())
                .map(ImageFlag::valueOf)
                .forEach(flags::add);
        return flags;
    }

    private static String text(MemoryFolder folder) throws IOException {
        return new String(folder.bare(NAME).bytes(), StandardCharsets.ISO_8859_1);
    }

    @ParameterizedTest
    @CsvSource({
        "'', monolithicSparse, disk.vmdk",
        "FIXED, monolithicFlat, disk-flat.vmdk disk.vmdk",
        "SPLIT_2G, twoGbMaxExtentSparse, disk-s001.vmdk disk-s002.vmdk disk-s003.vmdk disk-s004.vmdk disk.vmdk",
        "SPLIT_2G+FIXED, twoGbMaxExtentFlat, disk-f001.vmdk disk-f002.vmdk disk-f003.vmdk disk-f004.vmdk disk.vmdk",
        "STREAM_OPTIMIZED, streamOptimized, disk.vmdk",
        "ESX, vmfs, disk-flat.vmdk disk.vmdk",
        "ESX+FIXED, vmfs, disk-flat.vmdk disk.vmdk"
    })
    void isMadeOfTheFilesOfItsKind(String names, String type, String files) throws IOException {
        MemoryFolder folder = created(flags(names), SIZE, random(1, SIZE), "ExtentSize", "" + EXTENT);
        assertEquals(List.of(files.split(" ")), folder.names());
        assertTrue(text(folder).contains("createType=\"" + type + "\""));
        ImageDriver image = open(folder, Mode.READ);
        Set<ImageFlag> shown = new java.util.HashSet<>(flags(names));
        if (names.equals("ESX")) {
            shown.add(ImageFlag.FIXED); // thin, and without tables
        }
        assertEquals(shown, image.image().info().flags());
        assertTrue(image.readsAs(random(1, SIZE)));
        assertClean(image);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SPLIT_2G+ESX",
                "STREAM_OPTIMIZED+FIXED",
                "STREAM_OPTIMIZED+SPLIT_2G",
                "STREAM_OPTIMIZED+ESX",
                "RAWDISK",
                "RAWDISK+FIXED",
                "RAWDISK+SPLIT_2G",
                "ZERO_EXPAND"
            })
    void refusesCombinationsByName(String names) {
        MemoryFolder folder = new MemoryFolder();
        String message = assertCode(ErrorCode.NOT_SUPPORTED, () -> create(folder, ImageSpec.base(SIZE, flags(names))));
        assertTrue(names.contains("RAWDISK") || message.contains(names.split("\\+")[0]), message);
        assertEquals(List.of(), folder.names());
    }

    @ParameterizedTest
    @CsvSource({
        "GrainSize, 3000",
        "GrainSize, 2048",
        "GrainSize, 2147483648",
        "AdapterType, scsi",
        "HardwareVersion, 0",
        "CompressionLevel, 10",
        "ZeroedGrains, 2"
    })
    void refusesValuesOfConfigKeys(String key, String value) {
        Set<ImageFlag> variant =
                key.equals("CompressionLevel") ? Set.of(ImageFlag.STREAM_OPTIMIZED) : Set.<ImageFlag>of();
        DiskException e = assertThrows(
                DiskException.class, () -> create(new MemoryFolder(), ImageSpec.base(SIZE, variant), key, value));
        assertEquals(ErrorCode.BAD_VALUE, e.code());
        assertTrue(e.getMessage().contains(key));
    }

    @Test
    void configKeysCount() throws IOException {
        MemoryFolder folder = created(
                Set.of(),
                SIZE,
                new byte[0],
                "GrainSize",
                "8192",
                "AdapterType",
                "lsilogic",
                "HardwareVersion",
                "13",
                "ZeroedGrains",
                "1");
        ImageInfo info = open(folder, Mode.INFO).image().info();
        assertEquals(8192, info.blockSize());
        assertEquals("2", info.version());
        assertTrue(text(folder).contains("ddb.adapterType = \"lsilogic\"\n"));
        assertTrue(text(folder).contains("ddb.virtualHWVersion = \"13\"\n"));
        assertEquals(Optional.of(new Geometry(3, 64, 32)), info.physical());
        MemoryFolder fast =
                created(Set.of(ImageFlag.STREAM_OPTIMIZED), SIZE, random(1, SIZE / 2), "CompressionLevel", "1");
        assertTrue(open(fast, Mode.READ).readsAs(Arrays.copyOf(random(1, SIZE / 2), SIZE)));
    }

    @Test
    void sizesAreWholeSectors() {
        assertCode(ErrorCode.BAD_SIZE, () -> create(new MemoryFolder(), ImageSpec.base(1000, Set.of())));
    }

    @Test
    void streamIsReadOnlyOnceItIsClosed() throws IOException {
        MemoryFolder folder = created(Set.of(ImageFlag.STREAM_OPTIMIZED), SIZE, random(1, SIZE / 2));
        MemoryFolder before = folder.copy();
        ImageDriver image = open(folder, Mode.WRITE);
        assertCode(ErrorCode.READ_ONLY, () -> image.write(0, new byte[512]));
        assertCode(ErrorCode.READ_ONLY, () -> image.write(SIZE - 512, new byte[512]));
        assertCode(ErrorCode.READ_ONLY, () -> image.image().resize(2L * SIZE));
        assertCode(ErrorCode.READ_ONLY, () -> image.image().repair(RepairMode.SAFE, Progress.NONE));
        assertFalse(image.image().info().can(Capability.COMPACT));
        image.flush();
        image.close();
        assertTrue(folder.sameBytes(before));
    }

    @Test
    void theDescriptorOfAStreamChangesInItsPlace() throws IOException {
        MemoryFolder folder = created(Set.of(ImageFlag.STREAM_OPTIMIZED), SIZE, random(1, SIZE / 2));
        long size = folder.bare(NAME).size();
        try (ImageDriver image = open(folder, Mode.WRITE)) {
            image.image().update(ImageAttributes.NONE.withUuid(new UUID(7, 8)).withComment("x"));
            image.flush();
        }
        assertEquals(size, folder.bare(NAME).size());
        ImageDriver image = open(folder, Mode.READ);
        assertEquals(new UUID(7, 8), image.image().info().uuid());
        assertTrue(image.readsAs(Arrays.copyOf(random(1, SIZE / 2), SIZE)));
        assertCode(ErrorCode.READ_ONLY, () -> image.image().update(ImageAttributes.NONE.withComment("y")));
    }

    @Test
    void serversGetWhatTheyImport() throws IOException {
        MemoryFolder thin = created(Set.of(ImageFlag.ESX), SIZE, random(1, 65536));
        assertTrue(text(thin).contains("ddb.thinProvisioned = \"1\"\n"));
        MemoryFolder thick = created(Set.of(ImageFlag.ESX), SIZE, random(1, 65536), "Preallocate", "1");
        assertFalse(text(thick).contains("thinProvisioned"));
        MemoryFolder stream =
                created(Set.of(ImageFlag.STREAM_OPTIMIZED), SIZE, random(1, 65536), "ToolsVersion", "2147483647");
        assertTrue(text(stream).contains("ddb.toolsVersion = \"2147483647\"\n"));
        for (MemoryFolder each : List.of(thin, thick, stream)) {
            assertTrue(text(each).contains("ddb.adapterType = \"lsilogic\"\n"));
            assertTrue(text(each).contains("ddb.virtualHWVersion = \"13\"\n"));
            assertTrue(open(each, Mode.READ).readsAs(Arrays.copyOf(random(1, 65536), SIZE)));
        }
        assertTrue(text(created(Set.of(), SIZE, new byte[0])).contains("ddb.virtualHWVersion = \"4\"\n"));
        assertEquals(SIZE, thin.bare("disk-flat.vmdk").size());
        assertEquals(65536, thin.bare("disk-flat.vmdk").allocatedSize());
        try (ImageDriver image = open(thin, Mode.WRITE)) {
            image.image().resize(2L * SIZE);
        }
        assertEquals(2L * SIZE, thin.bare("disk-flat.vmdk").size());
        assertEquals(65536, thin.bare("disk-flat.vmdk").allocatedSize());
    }

    @Test
    void streamMayBeADifference() throws IOException {
        byte[] parent = random(2, SIZE);
        MemoryFolder folder = new MemoryFolder();
        ParentLink link = new ParentLink(new UUID(1, 2), new UUID(3, 4), "0badcafe", List.of("base.vmdk"));
        ImageSpec spec =
                ImageSpec.base(SIZE, Set.of(ImageFlag.STREAM_OPTIMIZED)).withParent(link);
        try (ImageDriver image = create(folder, spec)) {
            image.write(65536, new byte[65536]);
            image.flush();
        }
        ImageDriver image = open(folder, Mode.READ, parent);
        assertEquals(Optional.of(link), image.image().info().parent());
        byte[] expected = parent.clone();
        Arrays.fill(expected, 65536, 2 * 65536, (byte) 0);
        assertTrue(image.readsAs(expected));
    }

    @Test
    void linksToItsParentAsBothWorldsDo() throws IOException {
        MemoryFolder folder = new MemoryFolder();
        ParentLink link = new ParentLink(new UUID(1, 2), new UUID(3, 4), "00000abc", List.of("base.vmdk", "other"));
        create(folder, ImageSpec.base(SIZE, Set.of()).withParent(link)).close();
        String text = text(folder);
        assertTrue(text.contains("parentCID=00000abc\n"));
        assertTrue(text.contains("parentFileNameHint=\"base.vmdk\"\n"));
        assertTrue(text.contains("ddb.uuid.parent = \"" + link.uuid() + "\"\n"));
        assertTrue(text.contains("ddb.uuid.parentmodification = \"" + link.modificationUuid() + "\"\n"));
    }

    @Test
    void aParentOfAnotherFormatIsLinkedByUuid() throws IOException {
        MemoryFolder folder = new MemoryFolder();
        ParentLink link = new ParentLink(new UUID(1, 2), new UUID(3, 4), "", List.of("base.vdi"));
        create(folder, ImageSpec.base(SIZE, Set.of()).withParent(link)).close();
        assertTrue(text(folder).contains("parentCID=ffffffff\n"));
        assertEquals(Optional.of(link), open(folder, Mode.INFO).image().info().parent());
    }

    @Test
    void aParentWithoutAnyIdentityIsLinkedByItsName() throws IOException {
        MemoryFolder folder = new MemoryFolder();
        ParentLink link = new ParentLink(ParentLink.NIL, ParentLink.NIL, "", List.of("base.img"));
        create(folder, ImageSpec.base(SIZE, Set.of()).withParent(link)).close();
        assertTrue(text(folder).contains("parentCID=00000000\n"));
        assertEquals(Optional.of(link), open(folder, Mode.INFO).image().info().parent());
    }

    @Test
    void extentsOfAHalfRenamedDiskAreFound() throws IOException {
        MemoryFolder folder = new MemoryFolder();
        byte[] content = random(3, SIZE);
        try (ImageDriver image = create(folder, ImageSpec.base(SIZE, Set.of(ImageFlag.SPLIT_2G)))) {
            image.write(0, content);
            image.flush();
        }
        String renamed = text(folder).replace("disk-s0", "old-s0");
        folder.put("disk.vmdk", MemoryStorage.of(renamed.getBytes(StandardCharsets.ISO_8859_1)));
        assertTrue(text(folder).contains("old-s001.vmdk"));
        assertTrue(open(folder, Mode.WRITE).readsAs(content));
        folder.delete("disk-s001.vmdk");
        DiskException missing = assertThrows(DiskException.class, () -> open(folder, Mode.READ));
        assertEquals(ErrorCode.NOT_FOUND, missing.code());
    }

    @ParameterizedTest
    @CsvSource({
        "parentCID=1f, 0000001f",
        "parentCID=FFFFFFFE, fffffffe",
        "ddb.uuid.parent=\"00000000-0000-0001-0000-000000000002\", ''",
    })
    void isADifferenceIfEitherWorldSaysSo(String line, String contentId) throws IOException {
        MemoryFolder folder = described("# Disk DescriptorFile\nCID=1\ncreateType=\"monolithicFlat\"\nRW 8 ZERO\n"
                + "parentFileNameHint=\"/vmfs/old folder/base.vmdk\"\n" + line + "\n");
        ParentLink link = open(folder, Mode.READ).image().info().parent().orElseThrow();
        assertEquals(contentId, link.contentId());
        assertEquals(List.of("/vmfs/old folder/base.vmdk", "base.vmdk"), link.hints());
    }

    @ParameterizedTest
    @CsvSource({
        "3893892939, e818174b",
        "4294967294, fffffffe",
        "-2, fffffffe",
        "0x1F, 0000001f",
        "12345678, 12345678",
        "xyz, ''",
        "123456789012, ''",
        "-5000000000, ''",
        "'', ''",
    })
    void contentIdsAreComparableHoweverTheyAreWritten(String written, String id) throws IOException {
        MemoryFolder folder = described("# Disk DescriptorFile\ncreateType=\"monolithicFlat\"\nRW 8 ZERO\nCID="
                + written + "\nparentCID=" + written + "\nparentFileNameHint=\"base.vmdk\"\n");
        ImageInfo info = open(folder, Mode.READ).image().info();
        assertEquals(id, info.contentId());
        assertEquals(id, info.parent().orElseThrow().contentId());
        assertEquals(id.isEmpty() && !written.isEmpty(), !info.notes().isEmpty());
    }

    @Test
    void aParentThatNothingLeadsToIsNotForgotten() {
        MemoryFolder folder =
                described("# Disk DescriptorFile\ncreateType=\"monolithicFlat\"\nRW 8 ZERO\nparentCID=xyz\n");
        assertCode(ErrorCode.BAD_HEADER, () -> open(folder, Mode.READ));
    }

    @Test
    void contentIdChangesWithTheModificationUuid() throws IOException {
        MemoryFolder folder = created(Set.of(), SIZE, new byte[0]);
        ImageDriver image = open(folder, Mode.WRITE);
        String before = image.image().info().contentId();
        assertTrue(text(folder).contains("CID=" + before + "\n"));
        image.image().update(ImageAttributes.NONE.withModificationUuid(new UUID(7, 8)));
        String after = image.image().info().contentId();
        assertFalse(after.equals(before));
        image.flush();
        assertTrue(text(folder).contains("CID=" + after + "\n"));
        assertTrue(text(folder).matches("(?s).*ddb.longContentID = \"[0-9a-f]{24}" + after + "\"\n.*"));
        for (UUID special : List.of(new UUID(0, 0), new UUID(0, 0xFFFF_FFFFL), new UUID(0, 0xFFFF_FFFEL))) {
            image.image().update(ImageAttributes.NONE.withModificationUuid(special));
            assertFalse(Set.of("00000000", "ffffffff", "fffffffe")
                    .contains(image.image().info().contentId()));
        }
    }

    @Test
    void unknownKeysSurviveEveryChange() throws IOException {
        String start = "# Disk DescriptorFile\r\nversion=1\r\nCID=1\r\nparentCID=ffffffff\r\nstrange = thing\r\n"
                + "createType=\"vmfs\"\r\n# hello\r\n\r\nRW 2048 VMFS \"disk-flat.vmdk\"\r\n\tddb.x  =\"y\" \r\n";
        MemoryFolder folder = described(start);
        folder.put("disk-flat.vmdk", MemoryStorage.of(new byte[1 << 20]));
        ImageDriver image = open(folder, Mode.WRITE);
        image.image().update(ImageAttributes.NONE.withComment("one\ntwo").withUuid(new UUID(1, 1)));
        image.flush();
        assertTrue(text(folder).startsWith(start));
        assertEquals("one\ntwo", open(folder, Mode.READ).image().info().comment());
    }

    @Test
    void commentThatDoesNotFitIsRefusedAndTheOldOneStays() throws IOException {
        MemoryFolder folder = created(Set.of(), SIZE, random(1, 65536));
        ImageDriver image = open(folder, Mode.WRITE);
        image.image().update(ImageAttributes.NONE.withComment("short"));
        assertCode(
                ErrorCode.BAD_SIZE, () -> image.image().update(ImageAttributes.NONE.withComment("x".repeat(11_000))));
        image.image().update(ImageAttributes.NONE.withComment("y".repeat(8000)));
        image.flush();
        assertEquals("y".repeat(8000), open(folder, Mode.READ).image().info().comment());
        assertArrayEquals(random(1, 65536), open(folder, Mode.READ).read(0, 65536));
        MemoryFolder large = new MemoryFolder();
        create(large, ImageSpec.base(SIZE, Set.of()).withComment("z".repeat(50_000)))
                .close();
        assertEquals("z".repeat(50_000), open(large, Mode.READ).image().info().comment());
    }

    // --- descriptors of others ---

    /** A disk of five extents: zeroes, sparse, flat from the middle of a file, read-only, hidden. */
    private static MemoryFolder mixed(String last) throws IOException {
        MemoryFolder folder = described(
                "custom",
                "RW 128 ZERO",
                "RW 2048 SPARSE \"sparse.vmdk\"",
                "RW 1024 FLAT \"flat.bin\" 100",
                "RDONLY 1024 FLAT \"flat.bin\" 2000",
                last);
        MemoryFolder part = created(Set.of(ImageFlag.SPLIT_2G), 1 << 20, random(1, 200_000 / 512 * 512));
        folder.put("sparse.vmdk", part.bare("disk-s001.vmdk"));
        folder.put("flat.bin", MemoryStorage.of(random(2, 4000 * 512)));
        return folder;
    }

    @Test
    void extentsFollowEachOther() throws IOException {
        ImageDriver image = open(mixed("NOACCESS 1024 FLAT \"nowhere\" 0"), Mode.WRITE);
        int sparse = 128 * 512;
        int flat = sparse + (1 << 20);
        assertEquals(flat + 3 * 1024 * 512, image.size());
        assertArrayEquals(new byte[sparse], image.read(0, sparse));
        assertArrayEquals(random(1, 199_680), image.read(sparse, 199_680));
        byte[] file = random(2, 4000 * 512);
        assertArrayEquals(Arrays.copyOfRange(file, 51_200, 51_200 + 524_288), image.read(flat, 524_288));
        assertArrayEquals(Arrays.copyOfRange(file, 1_024_000, 1_548_288), image.read(flat + 524_288, 524_288));
        assertCode(ErrorCode.BAD_STATE, () -> image.read(flat + 2 * 524_288, 512));
        assertClean(image);
    }

    @Test
    void extentsAreWrittenAsTheirAccessAllows() throws IOException {
        MemoryFolder folder = mixed("");
        ImageDriver image = open(folder, Mode.WRITE);
        int sparse = 128 * 512;
        int flat = sparse + (1 << 20);
        byte[] bytes = random(3, 400_000 / 512 * 512);
        image.write(flat - 200_192, bytes);
        assertCode(ErrorCode.READ_ONLY, () -> image.write(0, new byte[512]));
        assertCode(ErrorCode.READ_ONLY, () -> image.write(flat + 524_288, new byte[512]));
        image.flush();
        image.close();
        assertArrayEquals(bytes, open(folder, Mode.READ).read(flat - 200_192, bytes.length));
        byte[] file = folder.bare("flat.bin").bytes();
        assertArrayEquals(Arrays.copyOf(random(2, 51_200), 51_200), Arrays.copyOf(file, 51_200));
    }

    @Test
    void aSparseExtentInsideABlockIsWrittenOnlyWhereItHasData() throws IOException {
        MemoryFolder folder = described("custom", "RW 1 ZERO", "RW 2048 SPARSE \"sparse.vmdk\"");
        MemoryFolder part = created(Set.of(ImageFlag.SPLIT_2G), 1 << 20, random(1, 65536));
        folder.put("sparse.vmdk", part.bare("disk-s001.vmdk"));
        ImageDriver image = open(folder, Mode.WRITE);
        image.write(512 + 4096, random(4, 512));
        assertArrayEquals(random(4, 512), image.read(512 + 4096, 512));
        assertCode(ErrorCode.NOT_SUPPORTED, () -> image.image().allocate(512 + 65536, 65536));
    }

    @Test
    void aFlatFileThatIsTooShortIsCompletedByZeroesAndGrowsByWriting() throws IOException {
        MemoryFolder folder = described("monolithicFlat", "RW 2048 FLAT \"f\" 0");
        folder.put("f", MemoryStorage.of(random(1, 100 * 512)));
        MemoryFolder before = folder.copy();
        ImageDriver image = open(folder, Mode.WRITE);
        byte[] disk = Arrays.copyOf(random(1, 100 * 512), 1 << 20);
        assertTrue(image.readsAs(disk));
        assertTrue(folder.sameBytes(before));
        image.write(90 * 512, random(2, 50 * 512));
        System.arraycopy(random(2, 50 * 512), 0, disk, 90 * 512, 50 * 512);
        assertTrue(image.readsAs(disk));
        image.flush();
        assertTrue(open(folder, Mode.READ).readsAs(disk));
        MemoryFolder vmfs = described("vmfs", "RW 2048 VMFS \"f\"");
        vmfs.put("f", MemoryStorage.of(new byte[100 * 512]));
        assertCode(ErrorCode.CORRUPT, () -> open(vmfs, Mode.READ));
    }

    @ParameterizedTest
    @CsvSource({
        "2GbMaxExtentSparse, SPARSE, 'SPLIT_2G'",
        "TWOGBMAXEXTENTSPARSE, SPARSE, 'SPLIT_2G'",
        "2GbMaxExtentFlat, FLAT, 'SPLIT_2G+FIXED'",
        "monolithicSparse, SPARSE, ''",
        "vmfsThin, VMFS, 'ESX+FIXED'",
        "vmfsPreallocated, VMFS, 'ESX+FIXED'",
        "vmfsEagerZeroedThick, VMFS, 'ESX+FIXED'",
        "vmfsSparse, VMFSSPARSE, 'ESX'",
        "custom, SPARSE, ''",
        "somethingNew, FLAT, FIXED",
        "fullDevice, FLAT, 'RAWDISK+FIXED'"
    })
    void knowsAllKindsOfImages(String type, String extent, String names) throws IOException {
        MemoryFolder folder = described(type, "RW 2048 " + extent + " \"part\"");
        boolean flat = extent.equals("FLAT") || extent.equals("VMFS");
        Set<ImageFlag> like = extent.equals("VMFSSPARSE") ? Set.of(ImageFlag.ESX) : Set.of(ImageFlag.SPLIT_2G);
        String name = extent.equals("VMFSSPARSE") ? "disk-delta.vmdk" : "disk-s001.vmdk";
        MemoryStorage part = flat
                ? MemoryStorage.of(random(1, 1 << 20))
                : created(like, 1 << 20, random(1, 1 << 20), "GrainSize", "4096")
                        .bare(name);
        folder.put("part", part);
        ImageDriver image = open(folder, Mode.READ);
        assertEquals(flags(names), image.image().info().flags());
        assertTrue(image.readsAs(random(1, 1 << 20)));
    }

    @ParameterizedTest
    @CsvSource({
        "monolithicSparse, RW 8 FLAT \"part\" 0, BAD_HEADER",
        "monolithicFlat, RW 8 SPARSE \"part\", BAD_HEADER",
        "vmfs, RW 8 SPARSE \"part\", BAD_HEADER",
        "twoGbMaxExtentSparse, RW 8 VMFSSPARSE \"part\", BAD_HEADER",
        "vmfsRaw, RW 8 VMFSRAW \"part\", NOT_SUPPORTED",
        "vmfsRawDeviceMap, RW 8 VMFSRDM \"part\", NOT_SUPPORTED",
        "custom, RW 8 SPARSE \"part\", BAD_HEADER",
        "custom, RW 8 SPARSE \"disk.vmdk\", BAD_HEADER",
        "custom, RW 8 FLAT \"disk.vmdk\" 0, BAD_HEADER",
        "custom, RW 8 FLAT \"missing\" 0, NOT_FOUND",
        "custom, RW 8 VMFSSPARSE \"part\", BAD_HEADER",
        "custom, RW 8 SESPARSE \"part\", BAD_HEADER"
    })
    void refusesExtentsThatCannotBe(String type, String line, ErrorCode code) {
        MemoryFolder folder = described(type, line);
        folder.put("part", MemoryStorage.of(new byte[1 << 20]));
        DiskException e = assertThrows(DiskException.class, () -> open(folder, Mode.WRITE));
        assertEquals(code, e.code(), e::getMessage);
    }

    @Test
    void refusesBytesThatAreInTwoExtents() {
        MemoryFolder folder = described("custom", "RW 8 FLAT \"part\" 0", "RW 8 FLAT \"part\" 7");
        folder.put("part", MemoryStorage.of(new byte[1 << 20]));
        assertThrows(DiskException.class, () -> open(folder, Mode.READ));
    }

    @Test
    void theFirstChangeEndsTheTrackingOfChanges() throws IOException {
        MemoryFolder folder = described("# Disk DescriptorFile\nCID=1\nparentCID=ffffffff\ncreateType=\"vmfs\"\n"
                + "RW 8 VMFS \"part\"\n# Change Tracking File\nchangeTrackPath=\"disk-ctk.vmdk\"\n");
        folder.put("part", MemoryStorage.of(new byte[4096]));
        ImageDriver image = open(folder, Mode.WRITE);
        assertTrue(image.image().info().notes().get(0).contains("disk-ctk.vmdk"));
        image.flush();
        assertTrue(text(folder).contains("changeTrackPath"), "nothing has changed yet");
        image.image().update(ImageAttributes.NONE.withModificationUuid(new UUID(7, 8)));
        assertFalse(text(folder).contains("changeTrackPath"), "data could change before the flush");
        assertTrue(image.image().info().notes().get(0).contains("next backup"));
        image.write(0, random(1, 512));
        image.image().resize(8192);
        image.flush();
        assertArrayEquals(random(1, 512), open(folder, Mode.READ).read(0, 512));
    }

    @Test
    void anAllocationEndsTheTrackingOfChangesToo() throws IOException {
        MemoryFolder folder = created(Set.of(), SIZE, random(1, 65536));
        byte[] line = "changeTrackPath=\"disk-ctk.vmdk\"\n".getBytes(StandardCharsets.US_ASCII);
        int end = text(folder).indexOf('\0', 512);
        folder.bare(NAME).write(java.nio.ByteBuffer.wrap(line), end);
        try (ImageDriver image = open(folder, Mode.WRITE)) {
            image.write(1 << 20, random(2, 65536));
            assertFalse(text(folder).contains("changeTrackPath"));
            image.flush();
        }
        assertArrayEquals(random(2, 65536), open(folder, Mode.READ).read(1 << 20, 65536));
    }

    @Test
    void namesOfEmbeddedExtentsDoNotMatter() throws IOException {
        MemoryFolder folder = created(Set.of(), SIZE, random(1, 65536));
        folder.move(NAME, "renamed.vmdk");
        TestImageContext context = TestImageContext.of(folder, "renamed.vmdk", Mode.READ);
        assertArrayEquals(random(1, 65536), new ImageDriver(new VmdkBackend().open(context)).read(0, 65536));
        assertEquals(Set.of("renamed.vmdk"), context.opened());
    }

    @Test
    void openedForItsAttributesNeedsNoExtents() throws IOException {
        MemoryFolder folder = created(Set.of(ImageFlag.SPLIT_2G), SIZE, new byte[0], "GrainSize", "8192");
        assertEquals(8192, open(folder, Mode.INFO).image().info().blockSize());
        folder.delete("disk-s001.vmdk");
        ImageDriver image = open(folder, Mode.INFO);
        assertEquals(SIZE, image.size());
        assertEquals(Set.of(ImageFlag.SPLIT_2G), image.image().info().flags());
        assertCode(ErrorCode.BAD_STATE, () -> image.image().map(0, 512));
    }

    // --- names, growth ---

    @Test
    void extentsAreRenamedWithTheImage() throws IOException {
        MemoryFolder folder = created(Set.of(ImageFlag.SPLIT_2G), SIZE, random(1, SIZE), "ExtentSize", "" + EXTENT);
        for (String name : List.copyOf(folder.names())) {
            folder.move(name, name.replace("disk", "a new name"));
        }
        TestImageContext context = TestImageContext.of(folder, "a new name.vmdk", Mode.WRITE);
        new VmdkBackend().rename(context, name -> name.replace("disk", "a new name"));
        TestImageContext again = TestImageContext.of(folder, "a new name.vmdk", Mode.READ);
        assertTrue(new ImageDriver(new VmdkBackend().open(again)).readsAs(random(1, SIZE)));
        MemoryFolder single = created(Set.of(), SIZE, random(1, SIZE));
        MemoryFolder before = single.copy();
        new VmdkBackend().rename(TestImageContext.of(single, NAME, Mode.WRITE), name -> "x");
        assertTrue(single.sameBytes(before));
    }

    @ParameterizedTest
    @ValueSource(strings = {"SPLIT_2G", "SPLIT_2G+FIXED"})
    void splitImagesGetMoreFilesWhenTheyGrow(String names) throws IOException {
        MemoryFolder folder = created(flags(names), SIZE, random(1, SIZE), "ExtentSize", "" + EXTENT);
        ImageDriver image = open(folder, Mode.WRITE);
        long size = 6L * EXTENT + 512;
        image.image().resize(size);
        image.write(size - 1024, random(2, 1024));
        image.flush();
        image.close();
        image = open(folder, Mode.WRITE);
        byte[] disk = Arrays.copyOf(random(1, SIZE), (int) size);
        System.arraycopy(random(2, 1024), 0, disk, (int) size - 1024, 1024);
        assertTrue(image.readsAs(disk));
        assertTrue(folder.has(names.contains("FIXED") ? "disk-f007.vmdk" : "disk-s007.vmdk"));
        assertClean(image);
        assertCode(
                ErrorCode.NOT_SUPPORTED, () -> open(folder, Mode.WRITE).image().resize(SIZE));
    }

    @Test
    void geometryThatFollowedTheSizeStillDoes() throws IOException {
        MemoryFolder folder = created(Set.of(), 100 << 20, new byte[0]);
        ImageDriver image = open(folder, Mode.WRITE);
        image.image().resize(1L << 30);
        assertEquals(
                Optional.of(Geometry.physical(1L << 30)), image.image().info().physical());
        Geometry own = new Geometry(5, 6, 7);
        image.image().update(ImageAttributes.NONE.withPhysical(own));
        image.image().resize(2L << 30);
        assertEquals(Optional.of(own), image.image().info().physical());
    }

    @Test
    void aFileThatLooksLikeTheNextExtentIsReported() throws IOException {
        MemoryFolder folder = created(Set.of(ImageFlag.SPLIT_2G), SIZE, new byte[0], "ExtentSize", "" + EXTENT);
        assertEquals(
                0,
                open(folder, Mode.READ).image().check(Progress.NONE).findings().size());
        folder.put("disk-s005.vmdk", MemoryStorage.of(new byte[10]));
        assertTrue(open(folder, Mode.READ)
                .image()
                .check(Progress.NONE)
                .findings()
                .get(0)
                .what()
                .contains("disk-s005.vmdk"));
    }

    // --- raw disks ---

    private static RawDiskSpec partitions() {
        Optional<String> device = Optional.of("/dev/disk");
        return new RawDiskSpec(
                Optional.empty(),
                List.of(
                        new RawDiskSpec.Area(0, 1024, Optional.empty(), 0, Optional.of(random(1, 1024))),
                        new RawDiskSpec.Area(4096, 8192, device, 2048, Optional.empty()),
                        new RawDiskSpec.Area(12_288, 512, Optional.empty(), 0, Optional.empty()),
                        new RawDiskSpec.Area(16_384, 512, Optional.empty(), 0, Optional.of(random(2, 512))),
                        new RawDiskSpec.Area(20_480, 4096, device, 20_480, Optional.empty())));
    }

    private static ImageDriver rawDisk(MemoryFolder folder, long size, RawDiskSpec raw) throws IOException {
        TestImageContext context = TestImageContext.forCreate(folder, NAME).allowingExternal();
        ImageSpec spec = ImageSpec.base(size, Set.of(ImageFlag.RAWDISK)).withRawDisk(raw);
        return new ImageDriver(new VmdkBackend().create(context, spec));
    }

    @Test
    void givesAccessToPartitions() throws IOException {
        MemoryFolder folder = new MemoryFolder();
        byte[] device = random(3, 40_000);
        folder.put("/dev/disk", MemoryStorage.of(device.clone()));
        ImageDriver image = rawDisk(folder, 32_768, partitions());
        byte[] disk = new byte[32_768];
        System.arraycopy(random(1, 1024), 0, disk, 0, 1024);
        System.arraycopy(device, 2048, disk, 4096, 8192);
        System.arraycopy(random(2, 512), 0, disk, 16_384, 512);
        System.arraycopy(device, 20_480, disk, 20_480, 4096);
        assertTrue(image.readsAs(disk));
        assertEquals(
                Set.of(ImageFlag.RAWDISK, ImageFlag.FIXED), image.image().info().flags());
        assertFalse(image.image().info().can(Capability.RESIZE));
        image.write(4096 + 512, random(4, 512));
        image.write(512, random(5, 512));
        assertCode(ErrorCode.READ_ONLY, () -> image.write(2048, new byte[512]));
        image.flush();
        image.close();
        assertArrayEquals(random(4, 512), folder.bare("/dev/disk").bytes(2560, 512));
        assertEquals(List.of("/dev/disk", "disk-pt.vmdk", NAME), folder.names());
        assertTrue(text(folder).contains("createType=\"partitionedDevice\""));
        DiskException e = assertThrows(DiskException.class, () -> open(folder, Mode.READ));
        assertEquals(ErrorCode.DENIED, e.code());
    }

    @Test
    void givesAccessToAWholeDevice() throws IOException {
        MemoryFolder folder = new MemoryFolder();
        folder.put("/dev/disk", MemoryStorage.of(random(3, 8192)));
        ImageDriver image = rawDisk(folder, 8192, new RawDiskSpec(Optional.of("/dev/disk"), List.of()));
        assertTrue(image.readsAs(random(3, 8192)));
        assertTrue(text(folder).contains("RW 16 FLAT \"/dev/disk\" 0\n"));
        assertTrue(image.map(0, 8192) instanceof Run.Data);
    }

    @Test
    void refusesAreasBehindTheEndOfTheDisk() {
        MemoryFolder folder = new MemoryFolder();
        folder.put("/dev/disk", MemoryStorage.of(new byte[40_000]));
        assertCode(ErrorCode.BAD_SIZE, () -> rawDisk(folder, 8192, partitions()));
    }

    @Test
    void namesThatCannotBeWrittenDownAreRefused() {
        MemoryFolder folder = new MemoryFolder();
        folder.put("a\"b", MemoryStorage.of(new byte[8192]));
        RawDiskSpec raw = new RawDiskSpec(Optional.of("a\"b"), List.of());
        assertCode(ErrorCode.BAD_VALUE, () -> rawDisk(folder, 8192, raw));
        ParentLink link = new ParentLink(new UUID(1, 2), new UUID(3, 4), "", List.of("a\nRW 8 FLAT \"/etc/passwd\" 0"));
        assertCode(
                ErrorCode.BAD_VALUE,
                () -> create(new MemoryFolder(), ImageSpec.base(SIZE, Set.of()).withParent(link)));
    }
}
