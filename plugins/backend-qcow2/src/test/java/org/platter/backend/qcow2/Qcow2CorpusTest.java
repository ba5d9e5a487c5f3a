// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2;

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
class Qcow2CorpusTest {
    private static final String NAME = "disk.qcow2";

    /** A line of the manifest: images of a chain, size, checksum of the disk. */
    private record Row(List<String> images, long size, String md5) {
        static Row of(String line) {
            String[] columns = line.split("\t");
            return new Row(List.of(columns[0].split(",")), Long.parseLong(columns[1]), columns[2]);
        }
    }

    @FunctionalInterface
    private interface Claim {
        void of(Row row, List<byte[]> files) throws Exception;
    }

    private static List<DynamicTest> each(Claim claim) throws IOException {
        Path corpus = Tools.corpus();
        List<Row> rows = Files.readAllLines(corpus.resolve("MANIFEST-plugins.tsv")).stream()
                .filter(line -> !line.startsWith("#") && line.contains("\tQCOW2"))
                .map(Row::of)
                .toList();
        assertTrue(rows.size() >= 6, () -> "only " + rows.size() + " rows");
        return rows.stream()
                .map(row -> DynamicTest.dynamicTest(row.images().toString(), () -> claim.of(row, files(corpus, row))))
                .toList();
    }

    private static List<byte[]> files(Path corpus, Row row) throws Exception {
        List<byte[]> files = new java.util.ArrayList<>();
        for (String image : row.images()) {
            files.add(Tools.unpacked(corpus.resolve(image)));
        }
        return files;
    }

    private static ImageDriver open(byte[] file, Mode mode, byte[] parent) throws IOException {
        MemoryFolder folder = MemoryFolder.of(NAME, file);
        return new ImageDriver(new Qcow2Backend().open(TestImageContext.of(folder, NAME, mode)), parent);
    }

    private static byte[] read(List<byte[]> files, Mode mode) throws IOException {
        byte[] disk = {};
        for (byte[] file : files) {
            disk = open(file, mode, disk).readAll();
        }
        return disk;
    }

    @TestFactory
    List<DynamicTest> readsAsOthersDo() throws IOException {
        return each((row, files) -> {
            for (Mode mode : List.of(Mode.READ, Mode.WRITE)) {
                byte[] disk = read(files, mode);
                assertEquals(row.size(), disk.length);
                byte[] sum = MessageDigest.getInstance("MD5").digest(disk);
                assertEquals(row.md5(), HexFormat.of().formatHex(sum));
            }
        });
    }

    @TestFactory
    List<DynamicTest> hasNoFaults() throws IOException {
        return each((row, files) -> {
            for (byte[] file : files) {
                CheckReport report = open(file, Mode.READ, new byte[0]).image().check(Progress.NONE);
                assertEquals(0, report.errors() + report.leaks(), report::toString);
            }
        });
    }

    @TestFactory
    List<DynamicTest> isWrittenAndGrows() throws IOException {
        return each((row, files) -> {
            byte[] file = files.get(files.size() - 1);
            byte[] parent = read(files.subList(0, files.size() - 1), Mode.READ);
            MemoryFolder folder = MemoryFolder.of(NAME, file);
            ImageDriver image =
                    new ImageDriver(new Qcow2Backend().open(TestImageContext.of(folder, NAME, Mode.WRITE)), parent);
            byte[] disk = image.readAll();
            int larger = disk.length + (9 << 20) + 512;
            image.image().resize(larger);
            disk = Arrays.copyOf(disk, larger);
            for (int at = 0; at < larger; at += larger / 300 / 512 * 512) {
                int length = Math.min(512, larger - at);
                Arrays.fill(disk, at, at + length, (byte) (at >> 9));
                image.write(at, Arrays.copyOfRange(disk, at, at + length));
            }
            image.flush();
            ImageDriver again = open(folder.bare(NAME).bytes(), Mode.WRITE, parent);
            assertArrayEquals(disk, again.readAll());
            CheckReport report = again.image().check(Progress.NONE);
            assertEquals(0, report.errors() + report.leaks(), report::toString);
        });
    }
}
