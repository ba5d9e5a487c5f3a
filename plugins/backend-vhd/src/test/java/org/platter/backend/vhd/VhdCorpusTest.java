// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.platter.format.CheckReport;
import org.platter.format.Progress;
import org.platter.testkit.ImageDriver;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.TestImageContext;
import org.platter.testkit.TestImageContext.Mode;

/** Images that other programs made read as others say. */
class VhdCorpusTest {
    /** A line of the manifest: image, size, checksum of the disk. */
    private record Row(String image, long size, String md5) {
        static Row of(String line) {
            String[] columns = line.split("\t");
            return new Row(columns[0], Long.parseLong(columns[1]), columns[2]);
        }
    }

    @FunctionalInterface
    private interface Claim {
        void of(Row row, byte[] file) throws Exception;
    }

    private static List<DynamicTest> each(Claim claim) throws IOException {
        Path corpus = Tools.corpus();
        List<Row> rows = Files.readAllLines(corpus.resolve("MANIFEST-plugins.tsv")).stream()
                .filter(line -> !line.startsWith("#") && line.contains("\tVHD "))
                .map(Row::of)
                .toList();
        assertTrue(rows.size() >= 3, () -> "only " + rows.size() + " rows");
        return rows.stream()
                .map(row -> DynamicTest.dynamicTest(
                        row.image(), () -> claim.of(row, Tools.unpacked(corpus.resolve(row.image())))))
                .toList();
    }

    private static ImageDriver open(MemoryFolder folder, Mode mode) throws IOException {
        return new ImageDriver(new VhdBackend().open(TestImageContext.of(folder, VhdBytes.NAME, mode)));
    }

    private static ImageDriver open(byte[] file, Mode mode) throws IOException {
        return open(MemoryFolder.of(VhdBytes.NAME, file), mode);
    }

    @TestFactory
    List<DynamicTest> readsAsOthersDo() throws IOException {
        return each((row, file) -> {
            for (Mode mode : List.of(Mode.READ, Mode.WRITE)) {
                byte[] disk = open(file, mode).readAll();
                assertEquals(row.size(), disk.length);
                byte[] sum = MessageDigest.getInstance("MD5").digest(disk);
                assertEquals(row.md5(), HexFormat.of().formatHex(sum));
            }
        });
    }

    @TestFactory
    List<DynamicTest> hasNoFaults() throws IOException {
        return each((row, file) -> {
            CheckReport report = open(file, Mode.READ).image().check(Progress.NONE);
            assertEquals(0, report.errors() + report.leaks(), report::toString);
        });
    }

    @TestFactory
    List<DynamicTest> isWrittenAndGrows() throws IOException {
        return each((row, file) -> {
            byte[] disk = open(file, Mode.READ).readAll();
            MemoryFolder folder = MemoryFolder.of(VhdBytes.NAME, file);
            ImageDriver image = open(folder, Mode.WRITE);
            int larger = disk.length + (9 << 20) + 512;
            image.image().resize(larger);
            disk = Arrays.copyOf(disk, larger);
            for (int at = 0; at < larger; at += 777 * 512) {
                Arrays.fill(disk, at, at + 512, (byte) (at >> 9));
                image.write(at, Arrays.copyOfRange(disk, at, at + 512));
            }
            image.flush();
            ImageDriver again = open(folder.bare(VhdBytes.NAME).bytes(), Mode.WRITE);
            assertArrayEquals(disk, again.readAll());
            CheckReport report = again.image().check(Progress.NONE);
            assertEquals(0, report.errors() + report.leaks(), report::toString);
        });
    }
}
