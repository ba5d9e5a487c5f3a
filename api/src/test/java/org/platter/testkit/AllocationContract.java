// SPDX-License-Identifier: Apache-2.0
package org.platter.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.platter.format.Capability;
import org.platter.format.Run;

/** Part of the contract: storage is reserved, shown, let go and used again as promised. */
abstract class AllocationContract extends WritingContract {
    @ParameterizedTest
    @MethodSource("cases")
    protected void reservedStorageIsInvisibleAndGivenBackByFlush(Case test) throws IOException {
        OpenImage image = growing(test);
        Run.Data first = image.driver().allocate(0, 1);
        spoil(first);
        test.model().checkExactly(image.driver().readAll());
        image.driver().flush();
        Run.Data second = image.driver().allocate(0, 1);
        assertTrue(second.position() <= first.position(), () -> first + " was not given back, see " + second);
        spoil(second);
        image.driver().flush();
        image = reopen(test, image);
        test.model().checkExactly(image.driver().readAll());
        assertClean(image);
        image.close();
    }

    /** An image whose blocks are not all there from the start. */
    private OpenImage growing(Case test) throws IOException {
        OpenImage image = create(test);
        assumeFalse(image.driver().map(0, 512) instanceof Run.Data);
        return image;
    }

    /** What reserved storage holds is nobody's business. */
    private static void spoil(Run.Data run) throws IOException {
        byte[] junk = new byte[(int) run.length()];
        Arrays.fill(junk, (byte) 0xA5);
        run.storage().write(ByteBuffer.wrap(junk), run.position());
    }

    @ParameterizedTest
    @MethodSource("variantsOnce")
    protected void blocksReservedTogetherAreShownOneByOne(Case test) throws IOException {
        OpenImage image = growing(test);
        int block = block(image, test);
        assumeTrue(test.size() >= 3 * block);
        DiskModel model = test.model();
        Run.Data dropped = image.driver().allocate(0, block);
        Run.Data shown = image.driver().allocate(2L * block, block);
        byte[] bytes = random(20, (int) shown.length());
        shown.storage().write(ByteBuffer.wrap(bytes), shown.position());
        spoil(dropped);
        image.driver().remap(shown);
        model.write(2 * block, bytes);
        model.checkExactly(image.driver().readAll());
        image.driver().flush();
        image = reopen(test, image);
        model.checkExactly(image.driver().readAll());
        assertClean(image);
        image.close();
    }

    @ParameterizedTest
    @MethodSource("variantsOnce")
    protected void severalBlocksAreReservedAtOnce(Case test) throws IOException {
        OpenImage image = growing(test);
        DiskModel model = test.model();
        Run.Data run = image.driver().allocate(0, test.size());
        byte[] bytes = random(21, (int) run.length());
        run.storage().write(ByteBuffer.wrap(bytes), run.position());
        image.driver().remap(run);
        model.write(0, bytes);
        image.driver().flush();
        image = reopen(test, image);
        model.checkExactly(image.driver().readAll());
        assertClean(image);
        image.close();
    }

    @ParameterizedTest
    @MethodSource("variantsOnce")
    protected void freedStorageIsUsedAgain(Case test) throws IOException {
        OpenImage image = growing(test);
        assumeTrue(image.info().can(Capability.COMPACT) && image.info().can(Capability.DISCARD));
        int block = block(image, test);
        int blocks = test.size() / block;
        assumeTrue(blocks >= 2);
        image.driver().write(0, random(22, (blocks - 1) * block));
        image.driver().flush();
        long full = storageSize(image);
        Run.Data lowest = (Run.Data) image.driver().map(0, block);
        assertTrue(image.driver().free(0, block) || image.driver().zero(0, block));
        image.driver().flush();
        Run.Data again = image.driver().allocate((blocks - 1L) * block, block);
        assertEquals(lowest.position(), again.position());
        image.driver().flush();
        image.driver().write((blocks - 1L) * block, random(23, block));
        image.driver().flush();
        assertTrue(storageSize(image) <= full, () -> "grew above " + full + " though a block was free");
        assertClean(image);
        image.close();
    }

    @ParameterizedTest
    @MethodSource("variantsOnce")
    protected void freeStorageAtTheEndIsCutOff(Case test) throws IOException {
        OpenImage image = growing(test);
        assumeTrue(image.info().can(Capability.COMPACT) && image.info().can(Capability.DISCARD));
        image.driver().flush();
        long empty = storageSize(image);
        image.driver().write(0, random(24, test.size()));
        image.driver().flush();
        assertTrue(image.driver().free(0, test.size()) || image.driver().zero(0, test.size()));
        image.driver().flush();
        long block = image.info().blockSize();
        long left = storageSize(image);
        assertTrue(left < empty + block, () -> left + " bytes of storage are left, " + empty + " were there at first");
        image = reopen(test, image);
        assertClean(image);
        image.close();
    }

    /** Bytes of all files of an image. */
    protected static long storageSize(OpenImage image) throws IOException {
        long size = 0;
        for (String name : image.folder().names()) {
            size += image.folder().bare(name).size();
        }
        return size;
    }
}
