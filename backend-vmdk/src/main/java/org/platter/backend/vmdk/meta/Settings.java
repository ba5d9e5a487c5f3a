// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.meta;

import java.util.Set;
import org.platter.config.Config;
import org.platter.config.ConfigKey;
import org.platter.config.ConfigSchema;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.ImageContext;
import org.platter.format.ImageFlag;

/** What the user can choose when an image is made. Immutable. */
public record Settings(Config config) {
    private static final String GRAIN_SIZE = "GrainSize";
    private static final String ADAPTER_TYPE = "AdapterType";
    private static final String HARDWARE_VERSION = "HardwareVersion";
    private static final String COMPRESSION_LEVEL = "CompressionLevel";
    private static final String ZEROED_GRAINS = "ZeroedGrains";
    private static final String EXTENT_SIZE = "ExtentSize";

    private static final Set<String> ADAPTERS = Set.of("ide", "buslogic", "lsilogic", "legacyESX");
    private static final int GRAIN = 1 << 16;
    private static final int ESX_GRAIN = 512;
    private static final int LEAST_GRAIN = 1 << 12;
    private static final int MOST_ESX_GRAIN = 1 << 20;
    private static final int MOST_STREAM_GRAIN = 1 << 23;
    private static final int MOST_GRAIN = 1 << 30;
    private static final long EXTENT = 2047L << 20;

    /** A third faster than 6, the default of zlib, and less than one part in a hundred larger. */
    private static final int LEVEL = 5;

    public static final ConfigSchema SCHEMA = ConfigSchema.of(
            ConfigKey.integer(GRAIN_SIZE)
                    .describedAs("Bytes of a grain of a new sparse image, a power of two from 4096 to 1073741824, in"
                            + " streams to 8388608; for esx from 512 to 1048576. Default 65536, for esx 512"),
            ConfigKey.text(ADAPTER_TYPE)
                    .describedAs("Controller that a new disk is for: ide, buslogic, lsilogic or legacyESX. Default ide,"
                            + " for esx lsilogic"),
            ConfigKey.integer(HARDWARE_VERSION)
                    .orElse("4")
                    .describedAs("Virtual hardware version that a new disk is for, 1 to 9999"),
            ConfigKey.integer(COMPRESSION_LEVEL)
                    .orElse(Integer.toString(LEVEL))
                    .describedAs("How hard a new stream is compressed, 1 (fast) to 9 (small)"),
            ConfigKey.integer(ZEROED_GRAINS)
                    .orElse("0")
                    .asExpert()
                    .describedAs(
                            "1 for a new sparse image with marks for zeroes, version 2, which not all products read"),
            ConfigKey.integer(EXTENT_SIZE)
                    .orElse(Long.toString(EXTENT))
                    .asExpert()
                    .describedAs("Bytes of each file of a new split image, at least 65536; whole grains are used"));

    public static Settings of(ImageContext context) {
        return new Settings(context.config());
    }

    /** Bytes of a grain for an image of this variant. */
    public int grain(Set<ImageFlag> flags) throws DiskException {
        boolean esx = flags.contains(ImageFlag.ESX);
        int most = esx ? MOST_ESX_GRAIN : flags.contains(ImageFlag.STREAM_OPTIMIZED) ? MOST_STREAM_GRAIN : MOST_GRAIN;
        long grain = number(GRAIN_SIZE, esx ? ESX_GRAIN : GRAIN, esx ? ESX_GRAIN : LEAST_GRAIN, most);
        if (Long.bitCount(grain) != 1) {
            throw bad(GRAIN_SIZE, grain + " is no power of two");
        }
        return (int) grain;
    }

    public String adapter(Set<ImageFlag> flags) throws DiskException {
        String adapter = config.text(ADAPTER_TYPE).orElse(flags.contains(ImageFlag.ESX) ? "lsilogic" : "ide");
        if (!ADAPTERS.contains(adapter)) {
            throw bad(ADAPTER_TYPE, "'" + adapter + "' is none of " + new java.util.TreeSet<>(ADAPTERS));
        }
        return adapter;
    }

    public long hardwareVersion() throws DiskException {
        return number(HARDWARE_VERSION, 4, 1, 9999);
    }

    public int compressionLevel() throws DiskException {
        return (int) number(COMPRESSION_LEVEL, LEVEL, 1, 9);
    }

    public boolean zeroedGrains() throws DiskException {
        return number(ZEROED_GRAINS, 0, 0, 1) == 1;
    }

    /** Bytes of a file of a split image, a multiple of 64 KiB. */
    public long extentSize() {
        return Math.max(GRAIN, config.integer(EXTENT_SIZE).orElse(EXTENT) / GRAIN * GRAIN);
    }

    private long number(String key, long fallback, long least, long most) throws DiskException {
        long value = config.integer(key).orElse(fallback);
        if (value < least || value > most) {
            throw bad(key, value + " is not " + least + " to " + most);
        }
        return value;
    }

    private static DiskException bad(String key, String why) {
        return new DiskException(ErrorCode.BAD_VALUE, "config key " + key + ": " + why);
    }
}
