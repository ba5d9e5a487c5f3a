// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.backend.qcow2.layout.Header;
import org.platter.backend.qcow2.layout.HeaderExtension;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.CheckReport;
import org.platter.format.ImageInfo;
import org.platter.format.ImageSpec;
import org.platter.format.ParentLink;
import org.platter.format.Progress;
import org.platter.format.RepairMode;
import org.platter.testkit.ImageDriver;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.MemoryStorage;
import org.platter.testkit.TestImageContext;
import org.platter.testkit.TestImageContext.Mode;

/** Images that somebody has made to do harm: refused by name, or at the latest where the fault is touched. */
class Qcow2HostileTest {
    private static final String NAME = "disk.qcow2";
    private static final int CLUSTER = 4096;
    private static final int SIZE = 1 << 20;
    private static final long L1 = 3 * CLUSTER;

    private static MemoryFolder made(Map<String, String> config, ImageSpec spec, Disks.Use use) throws IOException {
        MemoryFolder folder = new MemoryFolder();
        TestImageContext context =
                TestImageContext.of(folder, NAME, Mode.CREATE).withConfig(Options.SCHEMA, config);
        try (ImageDriver image = new ImageDriver(new Qcow2Backend().create(context, spec))) {
            use.of(image);
            image.flush();
        }
        return folder;
    }

    /** Eight clusters of data; header, counters, L1 and L2 table are in the first five clusters but the fifth. */
    private static MemoryFolder plain() throws IOException {
        return made(Map.of(Options.CLUSTER_SIZE, "" + CLUSTER), ImageSpec.base(SIZE, Set.of()), image -> {
            image.write(0, Disks.random(1, 8 * CLUSTER));
        });
    }

    private static ImageDriver open(MemoryFolder folder, Mode mode) throws IOException {
        return new ImageDriver(new Qcow2Backend().open(TestImageContext.of(folder, NAME, mode)));
    }

    private static void put(MemoryFolder folder, long position, String hex) throws IOException {
        folder.bare(NAME).write(ByteBuffer.wrap(HexFormat.of().parseHex(hex)), position);
    }

    private static void put(MemoryFolder folder, long position, long value) throws IOException {
        folder.bare(NAME).write(ByteBuffer.allocate(8).putLong(value).flip(), position);
    }

    private static long get(MemoryFolder folder, long position) throws IOException {
        return ByteBuffer.wrap(folder.bare(NAME).bytes(position, 8)).getLong();
    }

    private static long l2(MemoryFolder folder) throws IOException {
        return get(folder, L1) & 0x00FF_FFFF_FFFF_FE00L;
    }

    @ParameterizedTest
    @CsvSource({
        "0, 51464900, BAD_HEADER", // magic
        "4, 00000001, NOT_SUPPORTED", // version
        "4, 00000004, BAD_HEADER",
        "8, 0000000000000FFF00000010, BAD_HEADER", // backing file name
        "8, 00000000000002000000FFFF, BAD_HEADER",
        "8, 80000000000002000000000F, BAD_HEADER",
        "8, 000000000000000800000004, BAD_HEADER",
        "20, 00000008, BAD_HEADER", // cluster bits
        "20, 00000016, BAD_HEADER",
        "20, 00000000, BAD_HEADER",
        "20, FFFFFFFF, BAD_HEADER",
        "24, 8000000000000000, BAD_HEADER", // size
        "24, FFFFFFFFFFFFFFFF, BAD_HEADER",
        "24, 7FFFFFFFFFFFFFFF, BAD_HEADER",
        "32, 00000001, NOT_SUPPORTED", // encryption
        "32, 00000002, NOT_SUPPORTED",
        "36, FFFFFFFF, BAD_HEADER", // L1 size
        "36, 00000000, BAD_HEADER",
        "36, 00400000, CORRUPT",
        "40, 0000000000000000, CORRUPT", // L1 position
        "40, 0000000000003001, BAD_HEADER",
        "40, 7FFFFFFFFFFFF000, BAD_HEADER",
        "40, 0000000040000000, CORRUPT",
        "48, 0000000000000000, CORRUPT", // refcount table
        "48, 0000000000001200, BAD_HEADER",
        "48, 0000000040000000, CORRUPT",
        "56, 00000000, BAD_HEADER",
        "56, FFFFFFFF, BAD_HEADER",
        "60, 00010001, BAD_HEADER", // snapshots
        "72, 0000000000100000, NOT_SUPPORTED", // features
        "72, 8000000000000000, NOT_SUPPORTED",
        "72, 0000000000000010, BAD_HEADER", // extended entries in small clusters
        "72, 0000000000000008, BAD_HEADER", // compression type 0 marked
        "72, 0000000000000004, NOT_SUPPORTED", // a data file without name
        "96, 00000007, BAD_HEADER", // refcount order
        "96, FFFFFFFF, BAD_HEADER",
        "100, 00000064, BAD_HEADER", // header length
        "100, 00000069, BAD_HEADER",
        "100, FFFFFFF8, BAD_HEADER",
        "104, 01, BAD_HEADER", // compression type not marked
        "112, 12345678FFFFFFFF, BAD_HEADER", // an extension
        "112, 6803F85700001000, BAD_HEADER"
    })
    void badHeadersAreRefused(int at, String bytes, ErrorCode code) throws IOException {
        for (Mode mode : List.of(Mode.READ, Mode.WRITE)) {
            MemoryFolder folder = plain();
            put(folder, at, bytes);
            MemoryFolder before = folder.copy();
            DiskException refusal = assertThrows(DiskException.class, () -> open(folder, mode));
            assertEquals(code, refusal.code(), refusal::getMessage);
            assertTrue(folder.sameBytes(before));
        }
    }

    @Test
    void unknownFeaturesAreRefusedByTheirNames() throws IOException {
        MemoryFolder folder = plain();
        put(folder, 72, 1L << 20 | 1L << 63);
        put(folder, 120, "0014" + HexFormat.of().formatHex("time travel".getBytes(StandardCharsets.US_ASCII)) + "00");
        DiskException refusal = assertThrows(DiskException.class, () -> open(folder, Mode.READ));
        assertTrue(refusal.getMessage().contains("bit 20 (time travel), bit 63"), refusal::getMessage);
    }

    @ParameterizedTest
    @ValueSource(longs = {0x123L, 1L << 56, 0x7000_0000_0000_0000L, 1L << 40, 0x3001L})
    void badL1EntriesAreErrorsWhereTheyAreTouched(long entry) throws IOException {
        MemoryFolder folder = plain();
        put(folder, L1, entry);
        assertCorrupt(folder, 0);
    }

    @ParameterizedTest
    @ValueSource(
            longs = {
                0x8000_0000_0000_5200L, // not at a cluster
                0x8100_0000_0000_5000L, // reserved bits
                0x8000_0000_0000_5004L,
                0x8000_0100_0000_0000L, // behind the end
                0xC000_0000_0000_5000L, // a stream that owns its cluster
                0x4000_0100_0000_0000L
            })
    void badL2EntriesAreErrorsWhereTheyAreTouched(long entry) throws IOException {
        MemoryFolder folder = plain();
        put(folder, l2(folder) + 8, entry);
        assertCorrupt(folder, CLUSTER);
        assertEquals(512, open(folder, Mode.READ).read(0, 512).length);
        assertEquals(512, open(folder, Mode.READ).read(2 * CLUSTER, 512).length);
    }

    private static void assertCorrupt(MemoryFolder folder, int offset) throws IOException {
        for (Mode mode : List.of(Mode.READ, Mode.WRITE)) {
            ImageDriver image = open(folder, mode);
            assertEquals(ErrorCode.CORRUPT, fails(() -> image.read(offset, 512)));
        }
        assertFalse(open(folder, Mode.READ).image().check(Progress.NONE).errors() == 0);
        assertRefusesWrites(folder);
    }

    @FunctionalInterface
    private interface Action {
        void run() throws IOException;
    }

    private static ErrorCode fails(Action action) {
        return assertThrows(DiskException.class, action::run).code();
    }

    private static void assertRefusesWrites(MemoryFolder folder) throws IOException {
        MemoryFolder before = folder.copy();
        ImageDriver image = open(folder, Mode.WRITE);
        for (int offset : new int[] {0, 3 * CLUSTER, SIZE / 2}) {
            assertEquals(ErrorCode.CORRUPT, fails(() -> image.write(offset, new byte[512])));
        }
        image.flush();
        assertTrue(folder.sameBytes(before));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void dataOverStructuresIsNotWritten(int structure) throws IOException {
        MemoryFolder folder = plain();
        put(folder, l2(folder), 1L << 63 | (long) structure * CLUSTER | (structure == 0 ? CLUSTER : 0));
        assertRefusesWrites(folder);
        repairedReadsTheSame(folder, false);
    }

    @Test
    void clustersThatShareAPlaceAreNotWrittenBeforeTheyAreRepaired() throws IOException {
        MemoryFolder folder = plain();
        put(folder, l2(folder), get(folder, l2(folder) + 8));
        assertRefusesWrites(folder);
        repairedReadsTheSame(folder, false);
        ImageDriver image = open(folder, Mode.WRITE);
        byte[] second = image.read(CLUSTER, CLUSTER);
        image.write(0, new byte[512]);
        image.flush();
        assertArrayEquals(second, image.read(CLUSTER, CLUSTER));
    }

    @Test
    void tablesThatArePartOfThemselvesAreErrors() throws IOException {
        MemoryFolder folder = plain();
        put(folder, L1, 1L << 63 | L1);
        assertEquals(0x8000_0000_0000_3000L, get(folder, L1));
        assertRefusesWrites(folder);
        assertTrue(open(folder, Mode.READ).image().check(Progress.NONE).errors() > 0);
    }

    @Test
    void allEntriesOfTheRefcountTableMayNameOneBlock() throws IOException {
        MemoryFolder folder = plain();
        for (int i = 0; i < CLUSTER; i += 8) {
            put(folder, CLUSTER + i, 2 * CLUSTER);
        }
        assertRefusesWrites(folder);
        repairedReadsTheSame(folder, true);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 0x123, 1L << 40, -1L, 0x4000})
    void countersThatCannotBeReadAreMadeAnew(long entry) throws IOException {
        MemoryFolder folder = plain();
        put(folder, CLUSTER, entry);
        assertRefusesWrites(folder);
        repairedReadsTheSame(folder, true);
    }

    @Test
    void countersThatLieDoNotLeadWritesToWrongPlaces() throws IOException {
        MemoryFolder folder = plain();
        folder.bare(NAME).write(ByteBuffer.allocate(CLUSTER), 2 * CLUSTER);
        assertRefusesWrites(folder);
        repairedReadsTheSame(folder, true);
    }

    /** A safe repair mends everything and changes nothing of the disk. */
    private static void repairedReadsTheSame(MemoryFolder folder, boolean leaks) throws IOException {
        byte[] before = open(folder, Mode.READ).readAll();
        ImageDriver image = open(folder, Mode.WRITE);
        CheckReport report = image.image().repair(RepairMode.SAFE, Progress.NONE);
        assertEquals(0, report.errors(), () -> report.findings().toString());
        assertTrue(report.repaired() > 0);
        image.flush();
        assertArrayEquals(before, image.readAll());
        CheckReport after = open(folder, Mode.READ).image().check(Progress.NONE);
        assertEquals(0, after.errors() + after.leaks(), () -> after.findings().toString());
        ImageDriver again = open(folder, Mode.WRITE);
        again.write(SIZE / 2, new byte[] {1, 2, 3});
        again.flush();
        assertArrayEquals(java.util.Arrays.copyOf(before, SIZE / 2), again.read(0, SIZE / 2));
    }

    @Test
    void safeRepairKeepsWhatItCannotReadAndLossyGivesItUp() throws IOException {
        MemoryFolder folder = plain();
        put(folder, l2(folder) + 8, 0x8000_0100_0000_0000L);
        ImageDriver image = open(folder, Mode.WRITE);
        CheckReport safe = image.image().repair(RepairMode.SAFE, Progress.NONE);
        assertTrue(safe.errors() > 0);
        assertEquals(0x8000_0100_0000_0000L, get(folder, l2(folder) + 8));
        CheckReport lossy = image.image().repair(RepairMode.LOSSY, Progress.NONE);
        assertEquals(0, lossy.errors(), () -> lossy.findings().toString());
        assertTrue(lossy.findings().toString().contains("lost"));
        assertArrayEquals(new byte[CLUSTER], image.read(CLUSTER, CLUSTER));
        assertArrayEquals(Disks.random(1, 8 * CLUSTER), java.util.Arrays.copyOf(withHole(image), 8 * CLUSTER));
    }

    private static byte[] withHole(ImageDriver image) throws IOException {
        byte[] disk = image.readAll();
        System.arraycopy(Disks.random(1, 8 * CLUSTER), CLUSTER, disk, CLUSTER, CLUSTER);
        return disk;
    }

    @Test
    void corruptImagesAreReadAndWrittenOnlyAfterRepair() throws IOException {
        MemoryFolder folder = plain();
        put(folder, 72, 2);
        assertRefusesWrites(folder);
        assertTrue(open(folder, Mode.READ).image().info().notes().toString().contains("corrupt"));
        repairedReadsTheSame(folder, false);
        assertEquals(0, get(folder, 72));
    }

    @Test
    void dirtyImagesGetTheirCountersMendedByTheFirstChange() throws IOException {
        MemoryFolder folder = plain();
        put(folder, 72, 1);
        folder.bare(NAME).write(ByteBuffer.allocate(CLUSTER - 8), 2 * CLUSTER + 8);
        MemoryFolder before = folder.copy();
        ImageDriver image = open(folder, Mode.WRITE);
        assertArrayEquals(Disks.random(1, 8 * CLUSTER), image.read(0, 8 * CLUSTER));
        assertTrue(folder.sameBytes(before));
        image.write(SIZE / 2, new byte[512]);
        image.flush();
        assertEquals(0, get(folder, 72));
        CheckReport report = image.image().check(Progress.NONE);
        assertEquals(
                0, report.errors() + report.leaks(), () -> report.findings().toString());
        assertArrayEquals(Disks.random(1, 8 * CLUSTER), image.read(0, 8 * CLUSTER));
    }

    @ParameterizedTest
    @ValueSource(strings = {"json:{\"driver\":\"file\"}", "nbd://host/x", "http://host/x", "fat:/etc", "C:\\disk"})
    void protocolsAsBackingFilesAreRefusedByName(String name) throws IOException {
        ParentLink link = new ParentLink(ParentLink.NIL, ParentLink.NIL, "", List.of(name));
        MemoryFolder folder = made(Map.of(), ImageSpec.base(SIZE, Set.of()).withParent(link), image -> {});
        DiskException refusal = assertThrows(DiskException.class, () -> open(folder, Mode.READ));
        assertEquals(ErrorCode.NOT_SUPPORTED, refusal.code());
        assertTrue(refusal.getMessage().contains(name));
        ImageInfo info = open(folder, Mode.INFO).image().info();
        assertEquals(List.of(name), info.parent().orElseThrow().hints());
    }

    @ParameterizedTest
    @ValueSource(strings = {"../data", "/etc/passwd", "json:{}"})
    void dataFilesElsewhereAreRefused(String name) throws IOException {
        MemoryFolder folder =
                made(Map.of(Options.DATA_FILE, "x".repeat(name.length())), ImageSpec.base(SIZE, Set.of()), image -> {});
        put(folder, 120, HexFormat.of().formatHex(name.getBytes(StandardCharsets.UTF_8)));
        ErrorCode code = fails(() -> open(folder, Mode.READ));
        assertTrue(code == ErrorCode.DENIED || code == ErrorCode.NOT_SUPPORTED, code::toString);
        assertEquals(List.of(name), open(folder, Mode.INFO).image().info().parts());
    }

    @Test
    void bombsDoNotExplode() throws IOException {
        MemoryFolder folder = plain();
        java.util.zip.Deflater deflater = new java.util.zip.Deflater(9, true);
        deflater.setInput(new byte[100 << 20]);
        deflater.finish();
        byte[] bomb = new byte[CLUSTER];
        int length = deflater.deflate(bomb);
        deflater.end();
        long place = folder.bare(NAME).size();
        folder.bare(NAME).write(ByteBuffer.wrap(bomb), place);
        put(folder, l2(folder), 1L << 62 | 7L << 58 | place);
        assertEquals(CLUSTER, length);
        assertEquals(ErrorCode.CORRUPT, fails(() -> open(folder, Mode.READ).read(0, 512)));
    }

    @Test
    void streamsThatAreNoneAreErrors() throws IOException {
        for (String type : List.of("zlib", "zstd")) {
            Map<String, String> config = Map.of(Options.CLUSTER_SIZE, "" + CLUSTER, Options.COMPRESSION_TYPE, type);
            MemoryFolder folder = made(config, ImageSpec.base(SIZE, Set.of()), image -> {
                image.write(0, Disks.random(1, 8 * CLUSTER));
            });
            put(folder, l2(folder), 1L << 62 | 1L << 58 | 0x5003);
            ImageDriver image = open(folder, Mode.READ);
            assertEquals(ErrorCode.CORRUPT, fails(() -> image.read(0, CLUSTER)));
            assertEquals(ErrorCode.CORRUPT, fails(() -> image.read(7, 100)));
        }
    }

    @Test
    void snapshotTablesThatLieAreSaid() throws IOException {
        MemoryFolder folder = plain();
        put(folder, 60, "00000005" + "0000000000005000");
        ImageDriver image = open(folder, Mode.READ);
        assertFalse(image.image().check(Progress.NONE).errors() == 0);
        assertRefusesWrites(folder);
    }

    @Test
    void headerAndExtensionsSurviveAnyBytes() throws IOException {
        MemoryFolder folder = plain();
        byte[] bytes = folder.bare(NAME).bytes(0, Header.BYTES);
        Header header = Header.decode(ByteBuffer.wrap(bytes));
        assertArrayEquals(bytes, header.encode().array());
        assertEquals(
                1,
                org.platter.backend.qcow2.layout.Head.read(folder.bare(NAME)).extensions().stream()
                        .filter(each -> each.type() == HeaderExtension.NAMES)
                        .count());
    }

    @Test
    void imageOfAHugeDiskOpensInLittleMemory() throws IOException {
        MemoryFolder folder = made(Map.of(), ImageSpec.base(60L << 40, Set.of()), image -> {
            image.write(50L << 40, new byte[] {1});
        });
        MemoryStorage file = folder.bare(NAME);
        assertTrue(file.size() < 2 << 20);
        ImageDriver image = open(folder, Mode.WRITE);
        assertEquals(1, image.read(50L << 40, 1)[0]);
        long runs = 0;
        for (long at = 0; at < image.size(); runs++) {
            at = image.map(at, image.size() - at).end();
        }
        assertTrue(runs < 200, "took " + runs + " runs");
    }
}
