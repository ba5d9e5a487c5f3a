// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.platter.backend.vmdk.Vmdk.NAME;
import static org.platter.backend.vmdk.Vmdk.created;
import static org.platter.backend.vmdk.Vmdk.described;
import static org.platter.backend.vmdk.Vmdk.open;
import static org.platter.backend.vmdk.Vmdk.poke;
import static org.platter.backend.vmdk.Vmdk.pokeLong;
import static org.platter.backend.vmdk.Vmdk.random;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Image;
import org.platter.format.ImageFlag;
import org.platter.format.Run;
import org.platter.testkit.ImageDriver;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.MemoryStorage;
import org.platter.testkit.TestImageContext;
import org.platter.testkit.TestImageContext.Mode;

/** Images made to break their reader end in a typed failure, in bounded time and memory, and open no other file. */
class HostileTest {
    private static final int SIZE = 10 << 20;
    private static final Duration LIMIT = Duration.ofSeconds(20); // far above what it takes, for loops without end

    /** Changes a healthy image. */
    @FunctionalInterface
    private interface Attack {
        void on(MemoryFolder folder) throws IOException;
    }

    private static Arguments row(String name, Attack attack) {
        return Arguments.of(name, attack);
    }

    private static Attack header(int at, int value) {
        return folder -> poke(folder, NAME, at, value);
    }

    private static Attack headerLong(int at, long value) {
        return folder -> pokeLong(folder, NAME, at, value);
    }

    private static Attack descriptor(String from, String to) {
        return folder -> {
            String text = new String(folder.bare(NAME).bytes(512, 2048), StandardCharsets.ISO_8859_1);
            assertTrue(text.contains(from));
            byte[] changed = text.replace(from, to).trim().getBytes(StandardCharsets.ISO_8859_1);
            folder.bare(NAME).zero(512, 10_240);
            folder.bare(NAME).write(ByteBuffer.wrap(changed), 512);
        };
    }

    static Stream<Arguments> headers() {
        return Stream.of(
                row("grain 0", headerLong(0x14, 0)),
                row("grain 3", headerLong(0x14, 3)),
                row("grain 1", headerLong(0x14, 1)),
                row("grain 2^30", headerLong(0x14, 1 << 30)),
                row("grain 2^63", headerLong(0x14, Long.MIN_VALUE)),
                row("table entries 0", header(0x2C, 0)),
                row("table entries 2^31", header(0x2C, Integer.MIN_VALUE)),
                row("table entries 2^32-1", header(0x2C, -1)),
                row("grain times entries is 2^64", folder -> {
                    pokeLong(folder, NAME, 0x14, 1L << 33);
                    poke(folder, NAME, 0x2C, Integer.MIN_VALUE);
                }),
                row("capacity 0", headerLong(0x0C, 0)),
                row("capacity 2^54", headerLong(0x0C, 1L << 54)),
                row("capacity 2^55", headerLong(0x0C, 1L << 55)),
                row("capacity 2^63", headerLong(0x0C, Long.MIN_VALUE)),
                row("capacity 2^64-1", headerLong(0x0C, -1)),
                row("capacity 2^54-1", headerLong(0x0C, (1L << 54) - 1)),
                row("capacity 2^40", headerLong(0x0C, 1L << 40)),
                row("capacity below the extent", headerLong(0x0C, 128)),
                row("directory at 0", headerLong(0x38, 0)),
                row("directory on the descriptor", headerLong(0x38, 5)),
                row("directory behind the end", headerLong(0x38, 1 << 20)),
                row("directory at 2^55", headerLong(0x38, 1L << 55)),
                row("directory at 2^63", headerLong(0x38, Long.MIN_VALUE)),
                row("directory in a footer that is not there", headerLong(0x38, -1)),
                row("redundant directory behind the end", headerLong(0x30, 1 << 20)),
                row("both directories in one place", headerLong(0x30, 26)),
                row("descriptor of no sectors", headerLong(0x24, 0)),
                row("descriptor of 2^40 sectors", headerLong(0x24, 1L << 40)),
                row("descriptor of 2^63 sectors", headerLong(0x24, Long.MIN_VALUE)),
                row("descriptor behind the end", headerLong(0x1C, 1 << 20)),
                row("descriptor at 2^54-1", headerLong(0x1C, (1L << 54) - 1)),
                row("descriptor at 2^63", headerLong(0x1C, Long.MIN_VALUE)),
                row("descriptor elsewhere", headerLong(0x1C, 60)),
                row("no descriptor", headerLong(0x1C, 0)),
                row("overhead behind the end", headerLong(0x40, 1 << 20)),
                row("overhead 2^63", headerLong(0x40, Long.MIN_VALUE)),
                row("version 0", header(4, 0)),
                row("version 4", header(4, 4)),
                row("unknown feature", header(8, 0x40003)),
                row("compressed without markers", header(8, 0x10003)),
                row("compressed without algorithm", header(8, 0x30003)),
                row("text mode transfer", header(0x49, 0x0A0D0A0D)),
                row("cut off in the header", folder -> folder.bare(NAME).resize(511)),
                row("cut off in the descriptor", folder -> folder.bare(NAME).resize(1024)),
                row("cut off in the directory", folder -> folder.bare(NAME).resize(26 * 512 + 2)),
                row("cut off before the overhead", folder -> folder.bare(NAME).resize(60_000)),
                row("four bytes", folder -> folder.bare(NAME).resize(4)),
                row(
                        "two extents",
                        descriptor(
                                "RW 20480 SPARSE \"disk.vmdk\"",
                                "RW 128 FLAT \"disk.vmdk\" 0\nRW 128 FLAT \"disk.vmdk\" 0")),
                row("no extent", descriptor("RW 20480 SPARSE \"disk.vmdk\"", "")),
                row("flat extent", descriptor("RW 20480 SPARSE \"disk.vmdk\"", "RW 20480 FLAT \"/etc/passwd\" 0")),
                row("extent larger than capacity", descriptor("RW 20480", "RW 20481")),
                row("extent of 2^63 sectors", descriptor("RW 20480", "RW 9223372036854775807")),
                row("negative extent", descriptor("RW 20480", "RW -20480")),
                row("no createType", descriptor("createType", "#createType")),
                row("createType of another kind", descriptor("monolithicSparse", "monolithicFlat")),
                row("two createTypes", descriptor("version=1", "createType=\"vmfs\"")),
                row("descriptor version 9", descriptor("version=1", "version=9")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("headers")
    void isRefusedAtOnce(String name, Attack attack) throws IOException {
        MemoryFolder folder = created(Set.of(), SIZE, random(1, 300_032));
        attack.on(folder);
        MemoryFolder before = folder.copy();
        for (Mode mode : new Mode[] {Mode.READ, Mode.WRITE}) {
            assertTimeoutPreemptively(LIMIT, () -> {
                TestImageContext context = TestImageContext.of(folder, NAME, mode);
                DiskException e = assertThrows(DiskException.class, () -> new VmdkBackend().open(context));
                assertTrue(
                        Set.of(ErrorCode.BAD_HEADER, ErrorCode.CORRUPT, ErrorCode.NOT_SUPPORTED)
                                .contains(e.code()),
                        e::toString);
                assertTrue(e.getMessage().startsWith("VMDK"), e::getMessage);
                assertEquals(Set.of(NAME), context.opened());
            });
        }
        assertTrue(folder.sameBytes(before));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/etc/passwd",
                "../secret",
                "sub/../../secret",
                "C:\\\\x",
                "\\\\server\\share",
                "nbd://host/x",
                "file:/etc/passwd",
                "json:{}"
            })
    void namesThatLeaveTheFolderAreDenied(String name) {
        for (String line : new String[] {"RW 8 FLAT \"%s\" 0", "RW 8 SPARSE \"%s\"", "RDONLY 8 FLAT \"%s\" 0"}) {
            MemoryFolder folder = described("custom", String.format(line, name));
            folder.put(name, MemoryStorage.of(new byte[1 << 20]));
            TestImageContext context = TestImageContext.of(folder, NAME, Mode.WRITE);
            DiskException e = assertThrows(DiskException.class, () -> new VmdkBackend().open(context));
            assertEquals(ErrorCode.DENIED, e.code());
            assertEquals(Set.of(NAME), context.opened());
        }
    }

    @Test
    void namesThatAreNoneAreRefused() {
        for (String name : new String[] {"a\u0007b", "x".repeat(5000), "a\u0000b"}) {
            assertThrows(
                    DiskException.class, () -> open(described("custom", "RW 8 FLAT \"" + name + "\" 0"), Mode.READ));
        }
    }

    @Test
    void anEmbeddedDescriptorOpensNoOtherFile() throws IOException {
        MemoryFolder folder = created(Set.of(), SIZE, random(1, 300_032));
        descriptor("SPARSE \"disk.vmdk\"", "SPARSE \"neighbour.vmdk\"").on(folder);
        folder.put("neighbour.vmdk", created(Set.of(), SIZE, random(2, 300_032)).bare(NAME));
        TestImageContext context = TestImageContext.of(folder, NAME, Mode.WRITE);
        ImageDriver image = new ImageDriver(new VmdkBackend().open(context));
        org.junit.jupiter.api.Assertions.assertArrayEquals(random(1, 300_032), image.read(0, 300_032));
        assertEquals(Set.of(NAME), context.opened());
    }

    @Test
    void aDescriptorThatNamesADescriptorIsRefused() {
        MemoryFolder folder = described("custom", "RW 8 SPARSE \"other.vmdk\"");
        folder.put(
                "other.vmdk",
                MemoryStorage.of(
                        "# Disk DescriptorFile\nRW 8 SPARSE \"disk.vmdk\"\n".getBytes(StandardCharsets.UTF_8)));
        assertThrows(DiskException.class, () -> open(folder, Mode.READ));
    }

    /** As many directories of the greatest size as there are extents, in sparse files of some KiB. */
    @Test
    void directoriesOfAllExtentsTogetherAreBounded() throws IOException {
        long capacity = (1L << 22) * 512 * 128;
        String[] lines = new String[100];
        for (int i = 0; i < lines.length; i++) {
            lines[i] = "RW " + capacity + " SPARSE \"s" + i + "\"";
        }
        MemoryFolder folder = described("twoGbMaxExtentSparse", lines);
        for (int i = 0; i < lines.length; i++) {
            String name = "s" + i;
            folder.put(
                    name, created(Set.of(ImageFlag.SPLIT_2G), SIZE, new byte[0]).bare("disk-s001.vmdk"));
            pokeLong(folder, name, 0x0C, capacity);
            poke(folder, name, 8, 1);
            pokeLong(folder, name, 0x38, 900_000);
            folder.bare(name).resize(900_000L * 512 + (1 << 24));
        }
        for (Mode mode : List.of(Mode.READ, Mode.WRITE)) {
            assertTimeoutPreemptively(LIMIT, () -> {
                DiskException e = assertThrows(DiskException.class, () -> open(folder, mode));
                assertEquals(ErrorCode.NOT_SUPPORTED, e.code(), e::getMessage);
                assertTrue(e.getMessage().contains("in all"), e::getMessage);
            });
        }
    }

    @Test
    void missingExtentsAreNotMade() {
        MemoryFolder folder = described("custom", "RW 8 FLAT \"missing\" 0");
        DiskException e = assertThrows(DiskException.class, () -> open(folder, Mode.WRITE));
        assertEquals(ErrorCode.NOT_FOUND, e.code());
        assertTrue(!folder.has("missing"));
    }

    @Test
    void largeDirectoriesOfHolesCostNothing() {
        MemoryFolder folder = new MemoryFolder();
        assertTimeoutPreemptively(LIMIT, () -> {
            created(Set.of(), 100L << 40, new byte[0]).names().forEach(name -> {});
            MemoryFolder large = created(Set.of(), SIZE, new byte[0]);
            pokeLong(large, NAME, 0x0C, (100L << 40) / 512); // a directory of zeroes behind the end of everything
            pokeLong(large, NAME, 0x38, 1 << 20);
            pokeLong(large, NAME, 0x30, 1 << 21);
            large.bare(NAME).resize(1L << 40);
            Image image = open(large, Mode.WRITE).image();
            assertEquals(new Run.Free(0, SIZE), image.map(0, SIZE));
        });
        assertEquals(0, folder.names().size());
    }

    @Test
    void streamOfADirectoryThatIsNotThereIsRefused() throws IOException {
        MemoryFolder folder = created(Set.of(ImageFlag.STREAM_OPTIMIZED), SIZE, random(1, 300_032));
        long footer = folder.bare(NAME).size() - 1024;
        pokeLong(folder, NAME, footer + 0x0C, 1L << 54);
        pokeLong(folder, NAME, 0x0C, 1L << 54);
        assertThrows(DiskException.class, () -> open(folder, Mode.READ));
    }

    @Test
    void aCommentCannotBecomeAnExtent() throws IOException {
        MemoryFolder folder = created(Set.of(), SIZE, random(1, 300_032));
        String comment = "x\"\nRW 8 FLAT \"/etc/passwd\" 0\n\"";
        try (ImageDriver image = open(folder, Mode.WRITE)) {
            image.image().update(org.platter.format.ImageAttributes.NONE.withComment(comment));
            image.flush();
        }
        assertEquals(comment, open(folder, Mode.READ).image().info().comment());
        assertEquals(SIZE, open(folder, Mode.READ).size());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 3, 511, 512, 2048, 4096, 1 << 20})
    void bareExtentsOfServersAreNamedForWhatTheyAre(long length) throws IOException {
        MemoryFolder folder = created(Set.of(ImageFlag.ESX), SIZE, new byte[0], "GrainSize", "512");
        MemoryStorage part = folder.bare("disk-delta.vmdk");
        part.resize(length);
        MemoryFolder alone = MemoryFolder.of(NAME, part);
        DiskException e = assertThrows(DiskException.class, () -> open(alone, Mode.READ));
        assertEquals(ErrorCode.BAD_HEADER, e.code());
        assertEquals(length > 3, e.getMessage().contains("ESX"));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4, 0x0C, 0x10, 0x14, 0x18})
    void serverHeadersAreJudged(int field) throws IOException {
        for (int value : new int[] {0, -1, Integer.MAX_VALUE, Integer.MIN_VALUE, 3}) {
            MemoryFolder folder = created(Set.of(ImageFlag.ESX), SIZE, random(1, 300_032), "GrainSize", "512");
            poke(folder, "disk-delta.vmdk", field, value);
            try {
                ImageDriver image = open(folder, Mode.WRITE);
                for (long at = 0; at < SIZE; ) {
                    at = image.image().map(at, SIZE - at).end();
                }
            } catch (DiskException e) {
                continue;
            }
            assertTrue(
                    field == 0x0C || field == 0x18 || field == 0x10, "0x" + Integer.toHexString(field) + " " + value);
        }
    }

    @Test
    void probingNeverFails() throws IOException {
        for (byte[] start : new byte[][] {
            "KDMV".getBytes(StandardCharsets.US_ASCII),
            "COWD".getBytes(StandardCharsets.US_ASCII),
            "# Disk DescriptorFile".getBytes(StandardCharsets.US_ASCII),
            {(byte) 0xBE, (byte) 0xBA, (byte) 0xFE, (byte) 0xCA, 0, 0, 0, 0}
        }) {
            assertTrue(new VmdkBackend().probe(MemoryStorage.of(start)));
            for (int length = 0; length < start.length - 4; length++) {
                new VmdkBackend().probe(MemoryStorage.of(ByteBuffer.wrap(start, 0, length)));
            }
            MemoryFolder folder = MemoryFolder.of(NAME, start);
            assertThrows(DiskException.class, () -> open(folder, Mode.READ));
        }
    }
}
