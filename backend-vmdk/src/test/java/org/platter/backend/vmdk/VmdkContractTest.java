// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk;

import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.platter.format.Capability;
import org.platter.format.FormatBackend;
import org.platter.format.Image;
import org.platter.format.ImageFlag;
import org.platter.format.ImageSpec;
import org.platter.testkit.FormatBackendContract;
import org.platter.testkit.ImageDriver;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.OpenImage;
import org.platter.testkit.TestImageContext;
import org.platter.testkit.TestImageContext.Mode;

/** Every variant that can be written in place, as it is made by default. */
class VmdkContractTest extends FormatBackendContract {
    /** By size. Images are opened by the thousand, and to make their parents anew each time took half of all time. */
    private final Map<Integer, byte[]> parents = new ConcurrentHashMap<>();

    private ImageDriver driver(Case test, Image image) {
        byte[] parent = test.differencing() ? parents.computeIfAbsent(test.size(), size -> test.parent()) : new byte[0];
        return new ImageDriver(image, parent);
    }

    @Override
    protected OpenImage create(Case test, ImageSpec spec, MemoryFolder folder) throws IOException {
        TestImageContext context = context(folder, Mode.CREATE);
        return new OpenImage(context, driver(test, backend().create(context, spec)));
    }

    @Override
    protected OpenImage open(Case test, MemoryFolder folder, Mode mode) throws IOException {
        TestImageContext context = context(folder, mode);
        return new OpenImage(context, driver(test, backend().open(context)));
    }

    @Override
    protected FormatBackend backend() {
        return new VmdkBackend();
    }

    @Override
    protected Set<Capability> promised() {
        return VmdkBackend.CAPABILITIES;
    }

    @Override
    protected List<Set<ImageFlag>> variants() {
        return List.of(
                Set.of(),
                Set.of(ImageFlag.FIXED),
                Set.of(ImageFlag.DIFF),
                Set.of(ImageFlag.SPLIT_2G),
                Set.of(ImageFlag.SPLIT_2G, ImageFlag.DIFF),
                Set.of(ImageFlag.SPLIT_2G, ImageFlag.FIXED),
                Set.of(ImageFlag.ESX, ImageFlag.DIFF),
                Set.of(ImageFlag.ESX, ImageFlag.FIXED));
    }

    @Override
    protected Map<String, String> config() {
        return Map.of("ExtentSize", "1048576");
    }

    @Override
    protected boolean marksZeroes(Set<ImageFlag> flags) {
        return false;
    }

    @Override
    protected String contentId(long seed) {
        return String.format("%08x", seed + 0x1234);
    }

    @Override
    protected String fileName() {
        return "disk.vmdk";
    }

    /** The block that is let go is in another file than the one that is needed. */
    @Override
    protected void freedStorageIsUsedAgain(Case test) throws IOException {
        assumeFalse(test.flags().contains(ImageFlag.SPLIT_2G));
        super.freedStorageIsUsedAgain(test);
    }
}
