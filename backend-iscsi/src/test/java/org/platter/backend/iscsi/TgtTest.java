// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Capability;
import org.platter.format.Run;

/** Bytes and units of tgtd. Numbers refer to docs/formats/iscsi.md, section 18. */
@Timeout(120)
class TgtTest {
    @TempDir
    Path folder;

    static byte[] random(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    static byte[] part(Path file, long from, int length) throws Exception {
        byte[] bytes = new byte[length];
        try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
            in.seek(from);
            in.readFully(bytes);
        }
        return bytes;
    }

    /** 1, 4, 17: sizes around every limit, under target settings of every kind; the file behind the unit has it all. */
    @ParameterizedTest
    @CsvSource({
        "Yes,Yes,0,0,0",
        "No,Yes,1048576,1048576,262144",
        "Yes,No,8192,65536,65536",
        "No,No,512,512,512",
        "No,Yes,8192,512,65536",
        "No,No,1048576,1048576,65536"
    })
    void writesAndReadsEverySize(String initial, String immediate, int segment, int burst, int first) throws Exception {
        List<String> options = new ArrayList<>(List.of("--size", "16M"));
        options.addAll(List.of("--param", "InitialR2T=" + initial, "--param", "ImmediateData=" + immediate));
        if (segment > 0) {
            options.addAll(List.of("--param", "MaxRecvDataSegmentLength=" + segment));
            options.addAll(List.of("--param", "MaxBurstLength=" + burst, "--param", "FirstBurstLength=" + first));
        }
        try (Tgt target = Tgt.start(folder, options.toArray(String[]::new));
                Unit unit = Unit.open(target.url(1))) {
            for (int size : new int[] {512, 4096, 8192, 8704, 65536, 262144, 1 << 20, (3 << 20) + 512}) {
                byte[] bytes = random(size, size);
                unit.write(bytes, 512);
                assertArrayEquals(bytes, unit.read(512, size), "size " + size);
                assertArrayEquals(bytes, part(target.file(1), 512, size));
            }
            unit.storage().flush();
            assertEquals(1, target.sessions());
        }
    }

    /** 5: two images of one unit, both at work. */
    @Test
    void letsTwoImagesOfOneTargetWorkAtATime() throws Exception {
        try (Tgt target = Tgt.start(folder, "--size", "4M");
                Unit one = Unit.open(target.url(1));
                Unit two = Unit.open(target.url(1))) {
            one.write(random(4096, 1), 0);
            assertArrayEquals(random(4096, 1), two.read(0, 4096));
            two.write(random(4096, 2), 4096);
            assertArrayEquals(random(4096, 2), one.read(4096, 4096));
            assertEquals(2, target.sessions());
        }
    }

    /** 16: the target's pings are answered: one connection for all the time. */
    @Test
    void answersTheTargetsPings() throws Exception {
        RecoveryTest.Cutter cutter = new RecoveryTest.Cutter();
        try (Tgt target = Tgt.start(folder, "--size", "4M", "--nop", "1:2");
                Unit unit = Unit.open(target.url(1), cutter)) {
            RecoveryTest.pass(4500);
            unit.read(0, 512);
            assertEquals(1, cutter.connections());
        }
    }

    /** 20: a medium error after good data is an error, and nothing more. */
    @Test
    void failsAReadThatEndsInAMediumError() throws Exception {
        try (Tgt target = Tgt.start(folder, "--size", "4M");
                Unit unit = Unit.open(target.url(1))) {
            try (RandomAccessFile file = new RandomAccessFile(target.file(1).toFile(), "rw")) {
                file.setLength(1 << 20);
            }
            DiskException e = assertThrows(DiskException.class, () -> unit.read(2 << 20, 4096));
            assertEquals(ErrorCode.IO, e.code());
            unit.read(0, 4096);
            assertEquals(1, target.sessions());
        }
    }

    /** 22: thin units: discard, zeroes, and what is mapped. */
    @ParameterizedTest
    @ValueSource(ints = {512, 4096})
    void givesUpBlocksOfThinUnits(int blockSize) throws Exception {
        try (Tgt target = Tgt.start(folder, "--size", "64M", "--thin", "--block-size", "" + blockSize);
                Unit unit = Unit.open(target.url(1))) {
            assertTrue(unit.image().info().can(Capability.DISCARD));
            byte[] bytes = random(8 << 20, 3);
            unit.write(bytes, 16 << 20);
            assertEquals(16 << 20, unit.storage().nextData(0));
            assertEquals(24 << 20, unit.storage().nextHole(16 << 20));
            unit.storage().discard(17 << 20, 1 << 20);
            assertArrayEquals(new byte[1 << 20], unit.read(17 << 20, 1 << 20));
            assertEquals(17 << 20, unit.storage().nextHole(16 << 20));
            unit.image().remap(new Run.Zero((18 << 20) + 1000, 3 << 20));
            assertArrayEquals(new byte[3 << 20], unit.read((18 << 20) + 1000, 3 << 20));
            assertEquals(bytes[(2 << 20) + 999], unit.read((18 << 20) + 999, 1)[0]);
            assertEquals(bytes[(5 << 20) + 1000], unit.read((21 << 20) + 1000, 1)[0]);
            unit.image().remap(new Run.Free(0, 64 << 20));
            assertEquals(64 << 20, unit.storage().nextData(0));
            assertArrayEquals(new byte[1 << 20], unit.read(16 << 20, 1 << 20));
            assertArrayEquals(new byte[64 << 20], Files.readAllBytes(target.file(1)));
        }
    }

    /** Zeroes on a unit that is not thin. */
    @Test
    void zeroesUnitsThatAreNotThin() throws Exception {
        try (Tgt target = Tgt.start(folder, "--size", "8M");
                Unit unit = Unit.open(target.url(1))) {
            assertFalse(unit.image().info().can(Capability.DISCARD));
            byte[] bytes = random(4 << 20, 3);
            unit.write(bytes, 0);
            unit.storage().zero(777, 3 << 20);
            Arrays.fill(bytes, 777, 777 + (3 << 20), (byte) 0);
            assertArrayEquals(bytes, part(target.file(1), 0, 4 << 20));
            unit.storage().discard(0, 1 << 20);
        }
    }

    /** 24: blocks of 4096 bytes, addressed by bytes, also by many at once in the same block. */
    @Test
    void readsAndWritesPartsOfLargeBlocks() throws Exception {
        try (Tgt target = Tgt.start(folder, "--size", "8M", "--block-size", "4096");
                Unit unit = Unit.open(target.url(1))) {
            byte[] model = random(1 << 20, 1);
            unit.write(model, 0);
            Random random = new Random(9);
            for (int i = 0; i < 60; i++) {
                int at = random.nextInt(2000) * 512;
                byte[] bytes = random(512 * (1 + random.nextInt(40)), i);
                bytes = Arrays.copyOf(bytes, Math.min(bytes.length, model.length - at));
                unit.write(bytes, at);
                System.arraycopy(bytes, 0, model, at, bytes.length);
                assertArrayEquals(bytes, unit.read(at, bytes.length));
            }
            List<CompletableFuture<Void>> all = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                byte[] bytes = random(512, 100 + i);
                System.arraycopy(bytes, 0, model, i * 512, 512);
                all.add(unit.storage().writeAsync(ByteBuffer.wrap(bytes), i * 512));
            }
            CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).get();
            assertArrayEquals(model, unit.read(0, model.length));
            assertArrayEquals(model, part(target.file(1), 0, model.length));
        }
    }

    /** 25: two units of one target are two. */
    @Test
    void keepsUnitsApart() throws Exception {
        try (Tgt target = Tgt.start(folder, "--size", "4M", "--luns", "2");
                Unit one = Unit.open(target.url(1));
                Unit two = Unit.open(target.url(2))) {
            one.write(random(4096, 1), 0);
            two.write(random(4096, 2), 0);
            assertArrayEquals(random(4096, 1), one.read(0, 4096));
            assertArrayEquals(random(4096, 2), part(target.file(2), 0, 4096));
            DiskException e = assertThrows(DiskException.class, () -> Unit.open(target.url(7)));
            assertEquals(ErrorCode.NOT_FOUND, e.code());
            assertThrows(DiskException.class, () -> Unit.open(target.url(0)));
        }
    }

    /** 26: 3 TiB. */
    @Test
    void readsAndWritesTheEndOfThreeTebibytes() throws Exception {
        try (Tgt target = Tgt.start(folder, "--size", "3T");
                Unit unit = Unit.open(target.url(1))) {
            long size = 3L << 40;
            assertEquals(size, unit.image().info().size());
            unit.write(random(8192, 1), size - 8192);
            assertArrayEquals(random(8192, 1), unit.read(size - 8192, 8192));
            assertArrayEquals(random(8192, 1), part(target.file(1), size - 8192, 8192));
            assertThrows(java.io.EOFException.class, () -> unit.read(size - 512, 1024));
            assertThrows(DiskException.class, () -> unit.write(new byte[1024], size - 512));
        }
    }

    /** 34: units that come and go are no concern of others. */
    @Test
    void doesNotMindUnitsThatComeAndGo() throws Exception {
        try (Tgt target = Tgt.start(folder, "--size", "4M");
                Unit unit = Unit.open(target.url(1))) {
            Files.write(folder.resolve("other.img"), new byte[1 << 20]);
            target.admin(
                    "--mode",
                    "logicalunit",
                    "--op",
                    "new",
                    "--tid",
                    "1",
                    "--lun",
                    "2",
                    "--backing-store",
                    folder.resolve("other.img").toString());
            unit.write(new byte[512], 0);
            target.admin("--mode", "logicalunit", "--op", "delete", "--tid", "1", "--lun", "2");
            unit.read(0, 512);
            assertEquals(1, target.sessions());
        }
    }

    /** 35: read-only units, from the start and all of a sudden. */
    @Test
    void respectsReadOnlyUnits() throws Exception {
        try (Tgt target = Tgt.start(folder, "--size", "4M", "--luns", "2", "--read-only", "1")) {
            DiskException e = assertThrows(DiskException.class, () -> Unit.open(target.url(1)));
            assertEquals(ErrorCode.READ_ONLY, e.code());
            Unit.openForReading(target.url(1)).close();
            try (Unit unit = Unit.open(target.url(2))) {
                unit.write(new byte[512], 0);
                target.unit(2, "readonly=1");
                DiskException late = assertThrows(DiskException.class, () -> unit.write(new byte[512], 0));
                assertEquals(ErrorCode.READ_ONLY, late.code());
                unit.read(0, 512);
            }
        }
    }

    /** A medium that is taken out is an error in words, and works again when it is back. */
    @Test
    void getsOverAMediumThatWasAway() throws Exception {
        try (Tgt target = Tgt.start(folder, "--size", "4M")) {
            target.unit(1, "removable=1");
            try (Unit unit = Unit.open(target.url(1))) {
                unit.write(new byte[] {1, 2, 3}, 0);
                target.unit(1, "online=0");
                DiskException e = assertThrows(DiskException.class, () -> unit.read(0, 512));
                assertTrue(e.getMessage().contains("medium"), e.getMessage());
                target.unit(1, "online=1");
                assertEquals(2, unit.read(0, 512)[1]);
            }
        }
    }

    /** 36: no space behind the unit. */
    @Test
    void failsOnlyTheWriteThatFindsNoSpace() throws Exception {
        try (Tgt target = Tgt.start(folder, "--size", "8M", "--max-file", "4096");
                Unit unit = Unit.open(target.url(1))) {
            assertThrows(DiskException.class, () -> unit.write(new byte[65536], 6 << 20));
            unit.write(random(4096, 1), 0);
            assertArrayEquals(random(4096, 1), unit.read(0, 4096));
            assertEquals(1, target.sessions());
        }
    }

    /** 39: another size after an outage. */
    @Test
    void refusesAUnitThatChangedItsSizeInAnOutage() throws Exception {
        try (Tgt target = Tgt.start(folder, "--size", "4M");
                Unit unit = Unit.open(target.url(1))) {
            unit.write(new byte[512], 0);
            target.crash();
            try (RandomAccessFile file = new RandomAccessFile(target.file(1).toFile(), "rw")) {
                file.setLength(8 << 20);
            }
            target.restart();
            DiskException e = assertThrows(DiskException.class, () -> unit.write(random(512, 1), 0));
            assertEquals(ErrorCode.BAD_STATE, e.code());
            assertArrayEquals(new byte[512], part(target.file(1), 0, 512));
        }
    }

    /** What qemu's driver writes we read, and the other way round. */
    @Test
    void agreesWithQemu() throws Exception {
        Rigs.require("qemu-img", "qemu-io");
        try (Tgt target = Tgt.start(folder, "--size", "8M");
                Unit unit = Unit.open(target.url(1))) {
            String probe = Rigs.attempt(
                            List.of("qemu-img", "info", target.url(1).toString()))
                    .output();
            org.junit.jupiter.api.Assumptions.assumeFalse(
                    probe.contains("Unknown protocol"), "qemu has no iSCSI driver");
            Path image = folder.resolve("a.img");
            Files.write(image, random(8 << 20, 8));
            unit.write(Files.readAllBytes(image), 0);
            unit.storage().flush();
            Rigs.run(
                    "qemu-img",
                    "compare",
                    "-f",
                    "raw",
                    "-F",
                    "raw",
                    image.toString(),
                    target.url(1).toString());
            Rigs.run(
                    "qemu-io",
                    "-f",
                    "raw",
                    "-c",
                    "write -P 0x5a 1M 1M",
                    target.url(1).toString());
            byte[] expected = new byte[1 << 20];
            Arrays.fill(expected, (byte) 0x5a);
            assertArrayEquals(expected, unit.read(1 << 20, 1 << 20));
        }
    }
}
