// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.raw;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Geometry;
import org.platter.format.Image;
import org.platter.format.ImageAttributes;
import org.platter.format.ImageFlag;
import org.platter.format.ImageSpec;
import org.platter.format.ParentLink;
import org.platter.format.Progress;
import org.platter.format.Run;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.MemoryStorage;
import org.platter.testkit.RecordingStorage;
import org.platter.testkit.RecordingStorage.Kind;
import org.platter.testkit.RecordingStorage.Log;
import org.platter.testkit.TestImageContext;

class RawBackendTest {
    private static final String NAME = "d.img";

    private final RawBackend backend = new RawBackend();
    private final Log log = new Log();
    private final MemoryFolder folder = new MemoryFolder(storage -> new RecordingStorage(storage, log));

    private Image create(long size, ImageFlag... flags) throws IOException {
        return create(size, Map.of(), flags);
    }

    private Image create(long size, Map<String, String> config, ImageFlag... flags) throws IOException {
        TestImageContext context = TestImageContext.forCreate(folder, NAME).withConfig(backend.schema(), config);
        return backend.create(context, ImageSpec.base(size, Set.of(flags)));
    }

    private Image open() throws IOException {
        return backend.open(TestImageContext.forWriting(folder, NAME).withConfig(backend.schema(), Map.of()));
    }

    private Image openForReading() throws IOException {
        return backend.open(TestImageContext.forReading(folder, NAME).withConfig(backend.schema(), Map.of()));
    }

    private MemoryStorage file() throws IOException {
        return folder.bare(NAME);
    }

    private static DiskException refused(ErrorCode code, Executable call) {
        DiskException refusal = assertThrows(DiskException.class, call);
        assertEquals(code, refusal.code(), refusal::getMessage);
        return refusal;
    }

    @ParameterizedTest
    @ValueSource(ints = {100 << 10, 200 << 10, 512})
    void fileIsExactlyAsLongAsTheDisk(int size) throws IOException {
        try (Image image = create(size)) {
            assertEquals(Set.of(ImageFlag.FIXED), image.info().flags());
            assertArrayEquals(new byte[size], file().bytes());
            assertEquals(0, file().allocatedSize());
        }
    }

    @Test
    void sizesAreMadeOfSectors() {
        DiskException refusal = refused(ErrorCode.BAD_SIZE, () -> create(1000));
        assertTrue(refusal.getMessage().contains("1000"), refusal::getMessage);
        assertFalse(folder.has(NAME));
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"FIXED", "DIFF"})
    void refusesOtherVariantsByNameBeforeMakingAnything(ImageFlag flag) {
        DiskException refusal = refused(ErrorCode.NOT_SUPPORTED, () -> create(1024, flag));
        assertTrue(refusal.getMessage().contains(flag.name()), refusal::getMessage);
        assertFalse(folder.has(NAME));
    }

    @Test
    void refusesAParent() throws IOException {
        TestImageContext context = TestImageContext.forCreate(folder, NAME).withConfig(backend.schema(), Map.of());
        ImageSpec spec = ImageSpec.base(1024, EnumSet.noneOf(ImageFlag.class))
                .withParent(new ParentLink(UUID.randomUUID(), UUID.randomUUID(), "", List.of()));
        refused(ErrorCode.NOT_SUPPORTED, () -> backend.create(context, spec));
    }

    @Test
    void reservesHostSpaceOnlyWhenAsked() throws IOException {
        create(4096, Map.of("Preallocate", "1")).close();
        assertEquals(1, log.calls(Kind.PREALLOCATE).size());
        assertEquals(4096, file().size());
        log.clear();
        folder.delete(NAME);
        create(4096).close();
        assertEquals(0, log.calls(Kind.PREALLOCATE).size());
    }

    @Test
    void emptyFileIsADiskOfNoBytes() throws IOException {
        folder.create(NAME);
        try (Image image = open()) {
            assertEquals(0, image.info().size());
            image.resize(1024);
            assertEquals(1024, file().size());
        }
    }

    @Test
    void recognisesNothingWhateverIsInside() throws IOException {
        for (String content : List.of("", "conectix", "KDMV", "<<< Oracle VM VirtualBox Disk Image >>>\n")) {
            assertFalse(backend.probe(MemoryStorage.of(content.getBytes(StandardCharsets.US_ASCII))));
        }
    }

    @Test
    void everyRangeIsDataAtItsOwnOffset() throws IOException {
        try (Image image = create(1 << 20)) {
            Run.Data run = (Run.Data) image.map(512, (1 << 20) - 512);
            assertEquals(512, run.position());
            assertEquals((1 << 20) - 512, run.length());
            assertEquals(0, image.info().blockSize());
        }
        assertEquals(0, log.calls(Kind.READ).size());
    }

    @Test
    void lastSectorIsTheEndOfTheFile() throws IOException {
        try (Image image = create(2048)) {
            Run.Data run = (Run.Data) image.map(1536, 512);
            run.storage().write(ByteBuffer.wrap(new byte[512]), run.position());
            assertEquals(2048, file().size());
            assertThrows(IllegalArgumentException.class, () -> image.remap(new Run.Zero(1536, 1024)));
            assertEquals(2048, file().size());
        }
    }

    @Test
    void geometryLastsUntilTheImageIsClosed() throws IOException {
        Geometry geometry = new Geometry(2, 16, 63);
        Geometry other = new Geometry(1, 255, 63);
        TestImageContext context = TestImageContext.forCreate(folder, NAME).withConfig(backend.schema(), Map.of());
        ImageSpec spec = ImageSpec.base(1024, Set.of()).withGeometry(Optional.of(geometry), Optional.empty());
        try (Image image = backend.create(context, spec)) {
            image.update(ImageAttributes.NONE.withLogical(other));
            assertEquals(Optional.of(geometry), image.info().physical());
            assertEquals(Optional.of(other), image.info().logical());
        }
        try (Image image = open()) {
            assertEquals(Optional.empty(), image.info().physical());
            assertEquals(Optional.empty(), image.info().logical());
        }
    }

    @Test
    void attributesAreNotSupportedButReadOnlyComesFirst() throws IOException {
        create(1024).close();
        List<ImageAttributes> changes = List.of(
                ImageAttributes.NONE.withComment("text"),
                ImageAttributes.NONE.withUuid(UUID.randomUUID()),
                ImageAttributes.NONE.withModificationUuid(UUID.randomUUID()),
                ImageAttributes.NONE.withParent(ParentLink.NONE));
        try (Image writer = open();
                Image reader = openForReading()) {
            for (ImageAttributes change : changes) {
                refused(ErrorCode.NOT_SUPPORTED, () -> writer.update(change));
                refused(ErrorCode.READ_ONLY, () -> reader.update(change));
            }
        }
    }

    @Test
    void refusedAttributesChangeNoGeometry() throws IOException {
        try (Image image = create(1024)) {
            Geometry geometry = new Geometry(2, 16, 63);
            refused(
                    ErrorCode.NOT_SUPPORTED,
                    () -> image.update(ImageAttributes.NONE.withComment("x").withPhysical(geometry)));
            assertEquals(Optional.empty(), image.info().physical());
        }
    }

    @Test
    void discardedRangesBecomeHoles() throws IOException {
        try (Image image = create(64 << 10)) {
            byte[] ones = new byte[64 << 10];
            java.util.Arrays.fill(ones, (byte) 1);
            file().write(ByteBuffer.wrap(ones), 0);
            image.remap(new Run.Free(0, 32 << 10));
            image.remap(new Run.Zero(60 << 10, 4 << 10));
            assertEquals(28 << 10, file().allocatedSize());
            assertArrayEquals(new byte[32 << 10], file().bytes(0, 32 << 10));
            assertEquals(1, file().bytes(32 << 10, 1)[0]);
            assertEquals(64 << 10, file().size());
        }
    }

    @Test
    void growsButDoesNotShrink() throws IOException {
        try (Image image = create(1024)) {
            image.resize(2048);
            assertEquals(2048, image.info().size());
            assertEquals(Kind.FLUSH, log.calls().get(log.calls().size() - 1).kind());
            refused(ErrorCode.NOT_SUPPORTED, () -> image.resize(1024));
            refused(ErrorCode.BAD_SIZE, () -> image.resize(3000));
            assertEquals(2048, file().size());
        }
    }

    @Test
    void fileThatBecameShorterIsAnErrorAndNotZeroes() throws IOException {
        try (Image image = create(2048)) {
            assertEquals(0, image.check(Progress.NONE).errors());
            file().resize(1024);
            assertEquals(1, image.check(Progress.NONE).errors());
            Run.Data run = (Run.Data) image.map(1024, 512);
            assertThrows(IOException.class, () -> run.storage().read(ByteBuffer.allocate(512), run.position()));
        }
    }

    @Test
    void readOnlyFlushTouchesNothing() throws IOException {
        create(1024).close();
        log.clear();
        try (Image reader = openForReading()) {
            reader.flush();
        }
        assertEquals(List.of(), log.calls(Kind.FLUSH));
    }

    /** 1000 bytes: the last sector has 488 of them. */
    private MemoryStorage ragged() throws IOException {
        create(1024).close();
        file().write(ByteBuffer.wrap("end".getBytes(StandardCharsets.US_ASCII)), 997);
        file().resize(1000);
        return file();
    }

    private static ByteBuffer sector(int first) {
        ByteBuffer sector = ByteBuffer.allocate(512);
        for (int i = first; i < 488; i++) {
            sector.put(i, (byte) i);
        }
        return sector;
    }

    @Test
    void aFileThatEndsInASectorReadsAsPaddedAndKeepsItsLength() throws IOException {
        ragged();
        try (Image image = open()) {
            assertEquals(1024, image.info().size());
            assertTrue(image.info().notes().get(0).contains("1000 bytes"), image.info()::toString);
            assertEquals(512, image.map(0, 1024).length());
            Run.Data last = (Run.Data) image.map(512, 512);
            ByteBuffer read = ByteBuffer.allocate(512);
            last.storage().read(read, last.position());
            assertEquals((byte) 'd', read.get(487));
            assertEquals(0, read.get(488));

            last.storage().write(sector(0), last.position());
            assertEquals(1000, file().size());
            assertEquals((byte) 487, file().bytes()[999]);

            DiskException refusal = refused(
                    ErrorCode.NOT_SUPPORTED,
                    () -> last.storage().write(sector(0).put(488, (byte) 1), last.position()));
            assertTrue(refusal.getMessage().contains("byte 1000"), refusal.getMessage());
            assertTrue(refusal.getMessage().contains("1024"), refusal.getMessage());
            image.remap(new Run.Zero(0, 1024));
            assertEquals(1000, file().size());
            assertArrayEquals(new byte[1000], file().bytes());
            assertTrue(image.check(Progress.NONE).findings().isEmpty());

            image.resize(1024);
            assertEquals(1024, file().size());
            assertEquals(List.of(), image.info().notes());
            assertEquals(1024, image.map(0, 1024).length());
        }
    }
}
