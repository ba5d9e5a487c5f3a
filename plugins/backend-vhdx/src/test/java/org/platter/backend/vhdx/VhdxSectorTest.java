// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhdx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.CheckReport;
import org.platter.format.ImageSpec;
import org.platter.format.ParentLink;
import org.platter.format.Progress;
import org.platter.testkit.DiskModel;
import org.platter.testkit.ImageDriver;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.TestImageContext;
import org.platter.testkit.TestImageContext.Mode;
import org.platter.testkit.Workload;

/** Images with logical sectors of 4096 bytes; writes are of 512 all the same. */
class VhdxSectorTest {
    private static final String NAME = "disk.vhdx";
    private static final int SIZE = (5 << 20) + 3 * 4096;

    private static ImageDriver create(MemoryFolder folder, boolean child, byte[] parent) throws IOException {
        ImageSpec spec = ImageSpec.base(SIZE, Set.of());
        ParentLink link = new ParentLink(ParentLink.NIL, new UUID(1, 2), "", java.util.List.of("p.vhdx"));
        Map<String, String> config = Map.of(VhdxBackend.BLOCK_SIZE, "1048576", VhdxBackend.SECTOR_SIZE, "4096");
        TestImageContext context =
                TestImageContext.of(folder, NAME, Mode.CREATE).withConfig(new VhdxBackend().schema(), config);
        return new ImageDriver(new VhdxBackend().create(context, child ? spec.withParent(link) : spec), parent);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void readsWhatWasWritten(boolean child) throws IOException {
        byte[] parent = new byte[child ? SIZE - 4096 : 0];
        new Random(3).nextBytes(parent);
        MemoryFolder folder = new MemoryFolder();
        ImageDriver image = create(folder, child, parent);
        DiskModel model = new DiskModel(SIZE, parent);
        Workload workload = new Workload(5, SIZE, 1 << 20, false);
        for (int round = 0; round < 8; round++) {
            for (int step = 0; step < 10; step++) {
                workload.next().run(image, model);
            }
            model.checkExactly(image.readAll());
            image.flush();
            image.close();
            image = new ImageDriver(new VhdxBackend().open(TestImageContext.of(folder, NAME, Mode.WRITE)), parent);
            model.checkExactly(image.readAll());
            CheckReport report = image.image().check(Progress.NONE);
            assertEquals(0, report.errors() + report.leaks(), report::toString);
        }
        image.close();
    }

    @Test
    void refusesSizesThatAreNotMadeOfSectors() throws IOException {
        ImageDriver image = create(new MemoryFolder(), false, new byte[0]);
        DiskException refused =
                assertThrows(DiskException.class, () -> image.image().resize(SIZE + 512));
        assertEquals(ErrorCode.BAD_SIZE, refused.code());
    }

    @Test
    void growsBeyondTheRoomOfItsTable() throws IOException {
        MemoryFolder folder = new MemoryFolder();
        byte[] bytes = new byte[4096];
        new Random(4).nextBytes(bytes);
        ImageDriver image = create(folder, false, new byte[0]);
        image.write(1 << 20, bytes);
        image.image().resize(300L << 30);
        image.write((300L << 30) - 4096, bytes);
        image.flush();
        ImageDriver again = new ImageDriver(new VhdxBackend().open(TestImageContext.of(folder, NAME, Mode.WRITE)));
        assertArrayEquals(bytes, again.read(1 << 20, 4096));
        assertArrayEquals(bytes, again.read((300L << 30) - 4096, 4096));
        CheckReport report = again.image().check(Progress.NONE);
        assertEquals(0, report.errors() + report.leaks(), report::toString);
    }
}
