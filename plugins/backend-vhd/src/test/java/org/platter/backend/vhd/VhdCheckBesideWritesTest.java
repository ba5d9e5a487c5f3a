// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.CheckReport;
import org.platter.format.ImageSpec;
import org.platter.format.Progress;
import org.platter.testkit.ImageDriver;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.TestImageContext;

/** Checks that let others in, and that end. */
class VhdCheckBesideWritesTest {
    private static final int BLOCK = 512;
    private static final int SIZE = 150_000 * BLOCK;

    private final MemoryFolder folder = new MemoryFolder();
    private final byte[] model = new byte[SIZE];

    private ImageDriver image(Random random) throws IOException {
        TestImageContext context = TestImageContext.forCreate(folder, "disk.vhd")
                .withConfig(new VhdBackend().schema(), Map.of("BlockSize", Integer.toString(BLOCK)));
        ImageDriver image = new ImageDriver(new VhdBackend().create(context, ImageSpec.base(SIZE, Set.of())));
        for (int i = 0; i < 2000; i++) {
            write(image, random);
        }
        image.flush();
        return image;
    }

    private void write(ImageDriver image, Random random) throws IOException {
        int block = random.nextInt(SIZE / BLOCK);
        byte[] bytes = new byte[BLOCK];
        random.nextBytes(bytes);
        image.write((long) block * BLOCK, bytes);
        System.arraycopy(bytes, 0, model, block * BLOCK, BLOCK);
    }

    private void free(ImageDriver image, Random random) throws IOException {
        int from = random.nextInt(SIZE / BLOCK - 2000);
        image.free((long) from * BLOCK, 2000L * BLOCK);
        Arrays.fill(model, from * BLOCK, (from + 2000) * BLOCK, (byte) 0);
    }

    /** Blocks move, go and come at every step of the check; the end of the file goes up and down. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void whatChangesMeanwhileIsNoFault(long seed) throws IOException {
        Random random = new Random(seed);
        ImageDriver image = image(random);
        int[] calls = {0};
        CheckReport report = image.image().check(bytes -> {
            calls[0]++;
            try {
                for (int i = 0; i < 40; i++) {
                    write(image, random);
                }
                free(image, random);
                if (random.nextBoolean()) {
                    image.flush();
                }
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        assertTrue(calls[0] > 1);
        assertEquals(0, report.errors() + report.leaks(), report::toString);
        image.flush();
        assertEquals(0, image.image().check(Progress.NONE).errors());
        assertArrayEquals(model, image.readAll());
    }

    @Test
    void checkEndsWhereItIsToldTo() throws IOException {
        ImageDriver image = image(new Random(9));
        Progress cancelled = bytes -> {
            throw new DiskException(ErrorCode.CANCELLED, "cancelled");
        };
        DiskException end =
                assertThrows(DiskException.class, () -> image.image().check(cancelled));
        assertEquals(ErrorCode.CANCELLED, end.code());
        assertEquals(0, image.image().check(Progress.NONE).errors());
    }
}
