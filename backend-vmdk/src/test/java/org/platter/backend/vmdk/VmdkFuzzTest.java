// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.platter.backend.vmdk.descriptor.Descriptor;
import org.platter.backend.vmdk.layout.HostedHeader;
import org.platter.backend.vmdk.meta.Attributes;
import org.platter.error.DiskException;
import org.platter.format.Image;
import org.platter.format.Progress;
import org.platter.format.RepairMode;
import org.platter.testkit.ImageDriver;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.MemoryStorage;
import org.platter.testkit.TestImageContext.Mode;

/**
 * Parsers give a value or a {@link DiskException}, whatever they read. An ordinary build runs the seeds beside the
 * classes; the environment variable {@code JAZZER_FUZZ=1} lets each method look for new inputs for a while.
 */
class VmdkFuzzTest {
    private static final int MOST_READ = 1 << 20;

    @FuzzTest(maxDuration = "20s")
    void descriptor(byte[] text) {
        try {
            Descriptor descriptor = Descriptor.parse(ByteBuffer.wrap(text));
            assertArrayEquals(Arrays.copyOf(text, descriptor.bytes().length), descriptor.bytes());
            Attributes attributes = new Attributes(descriptor);
            attributes.parent();
            attributes.contentId();
            attributes.comment();
            attributes.physical();
            Descriptor changed = descriptor.with("CID", "1").withText("ddb.comment", "x\n\"\u1234");
            Descriptor.parse(ByteBuffer.wrap(changed.bytes()));
        } catch (DiskException e) {
            return;
        }
    }

    @FuzzTest(maxDuration = "20s")
    void header(byte[] bytes) {
        try {
            HostedHeader.decode(ByteBuffer.wrap(Arrays.copyOf(bytes, 512)))
                    .validated()
                    .layout(1L << 40);
        } catch (DiskException e) {
            return;
        }
    }

    /** The bytes are an image; what can be opened is read, checked and written. */
    @FuzzTest(maxDuration = "20s")
    void image(byte[] bytes) throws IOException {
        MemoryFolder folder = MemoryFolder.of(Vmdk.NAME, bytes);
        try (Image image = Vmdk.open(folder, Mode.WRITE).image()) {
            read(image);
            image.check(Progress.NONE);
            new ImageDriver(image).write(0, new byte[512]);
            image.flush();
            image.repair(RepairMode.SAFE, Progress.NONE);
            image.flush();
            read(image);
        } catch (DiskException e) {
            return;
        }
    }

    /** The bytes are a bare server extent, named by a descriptor. */
    @FuzzTest(maxDuration = "20s")
    void extent(byte[] bytes) throws IOException {
        for (String type : new String[] {"SPARSE", "VMFSSPARSE", "SESPARSE", "FLAT"}) {
            MemoryFolder folder = Vmdk.described("custom", "RW 2048 " + type + " \"part\"");
            folder.put("part", MemoryStorage.of(bytes));
            try (Image image = Vmdk.open(folder, Mode.READ).image()) {
                read(image);
                image.check(Progress.NONE);
            } catch (DiskException e) {
                continue;
            }
        }
    }

    private static void read(Image image) throws IOException {
        long size = Math.min(MOST_READ, image.info().size());
        for (long at = 0; at < size; at += 4096) {
            try {
                new ImageDriver(image).read(at, (int) Math.min(4096, size - at));
            } catch (DiskException e) {
                continue;
            }
        }
    }
}
