// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vdi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Capability;
import org.platter.format.Geometry;
import org.platter.format.Image;
import org.platter.format.ImageFlag;
import org.platter.format.ImageSpec;
import org.platter.format.ParentLink;
import org.platter.testkit.ImageDriver;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.MemoryStorage;
import org.platter.testkit.TestImageContext;
import org.platter.testkit.TestImageContext.Mode;

class VdiCreationTest {
    private static final int MIB = 1 << 20;

    private final VdiBackend backend = new VdiBackend();
    private final MemoryFolder folder = new MemoryFolder();

    private Image create(ImageSpec spec, Map<String, String> config) throws IOException {
        return backend.create(
                TestImageContext.forCreate(folder, VdiBytes.NAME).withConfig(backend.schema(), config), spec);
    }

    private Image create(long size, ImageFlag... flags) throws IOException {
        return create(ImageSpec.base(size, Set.of(flags)), Map.of());
    }

    private MemoryStorage file() throws IOException {
        return folder.bare(VdiBytes.NAME);
    }

    private int u32(long position) throws IOException {
        return VdiBytes.u32(file(), position);
    }

    private void assertRefused(ErrorCode code, ImageSpec spec, Map<String, String> config) {
        DiskException refusal = assertThrows(DiskException.class, () -> create(spec, config));
        assertEquals(code, refusal.code(), refusal::toString);
        assertEquals(List.of(), folder.names(), "something was made before the refusal");
    }

    @Test
    void layoutIsThatOfNewVirtualBoxes() throws IOException {
        create(100L * MIB + 512);
        assertEquals(0x190, u32(VdiBytes.HEADER_SIZE));
        assertEquals(1, u32(VdiBytes.TYPE));
        assertEquals(0, u32(VdiBytes.FLAGS));
        assertEquals(MIB, u32(VdiBytes.MAP_POSITION));
        assertEquals(2 * MIB, u32(VdiBytes.DATA_POSITION));
        assertEquals(512, u32(0x168));
        assertEquals(100L * MIB + 512, VdiBytes.u64(file(), VdiBytes.DISK_SIZE));
        assertEquals(MIB, u32(VdiBytes.BLOCK_SIZE));
        assertEquals(101, u32(VdiBytes.BLOCKS));
        assertEquals(0, u32(VdiBytes.ALLOCATED));
        assertEquals(512, u32(VdiBytes.LCHS_SECTOR_SIZE));
        assertEquals(2 * MIB, file().size());
        assertEquals(VdiBytes.FREE, u32(MIB));
        assertEquals(VdiBytes.FREE, u32(MIB + 400));
        assertEquals(0, u32(MIB + 404));
    }

    @Test
    void fixedImageIsAllThereInOrder() throws IOException {
        Image image = create(5L * MIB / 2, ImageFlag.FIXED);
        assertEquals(2, u32(VdiBytes.TYPE));
        assertEquals(3, u32(VdiBytes.ALLOCATED));
        assertEquals(5L * MIB, file().size());
        assertEquals(2, u32(MIB + 8));
        assertEquals(5L * MIB / 2, image.map(0, 5L * MIB / 2).length());
        assertEquals(Set.of(ImageFlag.FIXED), image.info().flags());
        assertTrue(!image.info().can(Capability.RESIZE) && !image.info().can(Capability.COMPACT));
    }

    @Test
    void zeroExpandIsStoredAndNotShown() throws IOException {
        Image image = create(MIB, ImageFlag.ZERO_EXPAND);
        assertEquals(1, u32(VdiBytes.FLAGS));
        assertEquals(Set.of(), image.info().flags());
    }

    @Test
    void differencingImageNamesItsParent() throws IOException {
        ParentLink link = new ParentLink(new UUID(1, 2), new UUID(3, 4), "", List.of("ignored.vdi"));
        Image image = create(ImageSpec.base(MIB, Set.of()).withParent(link), Map.of());
        assertEquals(4, u32(VdiBytes.TYPE));
        assertEquals(new UUID(1, 2), image.info().parent().orElseThrow().uuid());
        assertEquals(new UUID(3, 4), image.info().parent().orElseThrow().modificationUuid());
    }

    @Test
    void parentWithoutUuidsMakesADifferencingImageToo() throws IOException {
        ParentLink link = new ParentLink(ParentLink.NIL, ParentLink.NIL, "", List.of("raw.img"));
        create(ImageSpec.base(MIB, Set.of()).withParent(link), Map.of()).close();
        assertEquals(4, u32(VdiBytes.TYPE));
        Image image = backend.open(TestImageContext.of(folder, VdiBytes.NAME, Mode.READ));
        assertTrue(image.info().is(ImageFlag.DIFF));
    }

    @Test
    void physicalGeometryIsRememberedWhileOpen() throws IOException {
        Optional<Geometry> physical = Optional.of(new Geometry(2, 16, 63));
        Optional<Geometry> logical = Optional.of(new Geometry(1, 255, 63));
        Image image = create(ImageSpec.base(MIB, Set.of()).withGeometry(physical, logical), Map.of());
        assertEquals(physical, image.info().physical());
        Image again = backend.open(TestImageContext.of(folder, VdiBytes.NAME, Mode.READ));
        assertEquals(Optional.empty(), again.info().physical());
        assertEquals(logical, again.info().logical());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 511, 512, 4096, MIB - 1, MIB})
    void smallDisksWork(long size) throws IOException {
        ImageDriver image = new ImageDriver(create(size));
        byte[] bytes = new byte[(int) size];
        java.util.Arrays.fill(bytes, (byte) 7);
        image.write(0, bytes);
        image.flush();
        assertEquals(3L * MIB, file().size());
        assertArrayEquals(
                bytes, new ImageDriver(backend.open(TestImageContext.of(folder, VdiBytes.NAME, Mode.READ))).readAll());
    }

    @ParameterizedTest
    @CsvSource({"4096, 512, 512, 1024", "65536, 4096, 4096, 8192", "268435456, 268435456, 268435456, 536870912"})
    void blockSizeAndAlignmentAreTheCallersChoice(String block, String alignment, int map, int data)
            throws IOException {
        create(
                ImageSpec.base(300_000, Set.of()),
                Map.of(VdiBackend.BLOCK_SIZE, block, VdiBackend.ALIGNMENT, alignment));
        assertEquals(Integer.parseInt(block), u32(VdiBytes.BLOCK_SIZE));
        assertEquals(map, u32(VdiBytes.MAP_POSITION));
        assertEquals(data, u32(VdiBytes.DATA_POSITION));
    }

    @ParameterizedTest
    @CsvSource({
        "BlockSize, 0",
        "BlockSize, 2048",
        "BlockSize, 1048577",
        "BlockSize, 536870912",
        "Alignment, 0",
        "Alignment, 256",
        "Alignment, 1000",
        "Alignment, 536870912"
    })
    void refusesOtherSizes(String key, String value) {
        assertRefused(ErrorCode.BAD_VALUE, ImageSpec.base(MIB, Set.of()), Map.of(key, value));
    }

    @ParameterizedTest
    @EnumSource(names = {"SPLIT_2G", "RAWDISK", "STREAM_OPTIMIZED", "ESX"})
    void refusesVariantsOfOtherFormatsByName(ImageFlag flag) {
        ImageSpec spec = ImageSpec.base(MIB, Set.of(flag));
        assertRefused(ErrorCode.NOT_SUPPORTED, spec, Map.of());
        DiskException refusal = assertThrows(DiskException.class, () -> create(spec, Map.of()));
        assertTrue(refusal.getMessage().contains(flag.name()));
    }

    @Test
    void refusesCommentsThatDoNotFitBeforeAnythingIsMade() {
        for (String comment : List.of("x".repeat(256), "\u20AC".repeat(86), "a\0b")) {
            assertRefused(ErrorCode.BAD_VALUE, ImageSpec.base(MIB, Set.of()).withComment(comment), Map.of());
        }
    }

    @Test
    void refusesDisksWhoseDataWouldStartTooFarBack() {
        long most = 1073217536L * MIB;
        assertRefused(ErrorCode.BAD_SIZE, ImageSpec.base(most + 1, Set.of()), Map.of());
        assertRefused(ErrorCode.BAD_SIZE, ImageSpec.base(Long.MAX_VALUE, Set.of()), Map.of());
        assertRefused(ErrorCode.BAD_SIZE, ImageSpec.base(most, Set.of(ImageFlag.FIXED)), Map.of());
        assertRefused(
                ErrorCode.BAD_SIZE,
                ImageSpec.base(Long.MAX_VALUE, Set.of()),
                Map.of(VdiBackend.BLOCK_SIZE, "4096", VdiBackend.ALIGNMENT, "512"));
    }

    @Test
    void largestDiskHasItsDataAtTheLastPlace() throws IOException {
        long most = 1073217536L * MIB;
        VdiHeader header =
                new VdiCreation(backend.schema().validate(Map.of()), ImageSpec.base(most, Set.of())).header();
        assertEquals(0xFFF00000L, header.dataPosition());
        header.validated();
    }

    @Test
    void keysHaveDefaultsThatAreDescribed() {
        assertEquals(2, backend.schema().keys().size());
        assertTrue(backend.schema().keys().stream()
                .allMatch(key -> key.fallback().equals(Optional.of("1048576"))
                        && !key.description().isEmpty()));
    }
}
