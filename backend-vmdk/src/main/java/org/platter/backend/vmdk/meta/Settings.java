// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.meta;

import java.util.Optional;
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
    private static final String PREALLOCATE = "Preallocate";
    private static final String THIN_PROVISIONED = "ThinProvisioned";
    private static final String TOOLS_VERSION = "ToolsVersion";

    private static final Set<String> ADAPTERS = Set.of("ide", "buslogic", "lsilogic", "legacyESX");
    private static final int GRAIN = 1 << 16;
    private static final int ESX_GRAIN = 512;
    private static final int LEAST_GRAIN = 1 << 12;
    private static final int MOST_ESX_GRAIN = 1 << 20;
    private static final int MOST_STREAM_GRAIN = 1 << 23;
    private static final int MOST_GRAIN = 1 << 30;
    private static final long EXTENT = 2047L << 20;

    /** Of ESXi 6.5: what its successors, which are all that is maintained, take as well. */
    private static final int SERVER_HARDWARE = 13;

    /** A third faster than 6, the default of zlib, and less than one part in a hundred larger. */
    private static final int LEVEL = 5;

    public static final ConfigSchema SCHEMA = ConfigSchema.of(
            ConfigKey.integer(GRAIN_SIZE)
                    .describedAs("Bytes of a grain of a new sparse image, a power of two from 4096 to 1073741824, in"
                            + " streams to 8388608; for esx from 512 to 1048576, which makes a COWD extent of what would be a flat one. Default"
                            + " 65536, for esx 512"),
            ConfigKey.text(ADAPTER_TYPE)
                    .describedAs("Controller that a new disk is for: ide, buslogic, lsilogic or legacyESX. Default ide,"
                            + " for esx and streams lsilogic"),
            ConfigKey.integer(HARDWARE_VERSION)
                    .describedAs("Virtual hardware version that a new disk is for, 1 to 9999. Default 4, for esx and"
                            + " streams 13"),
            ConfigKey.integer(PREALLOCATE)
                    .describedAs("For a new esx disk: 1 for one whose space is all taken (thick), 0 for one that takes"
                            + " space as it is written (thin). Default 0, with fixed 1"),
            ConfigKey.integer(THIN_PROVISIONED)
                    .asExpert()
                    .describedAs("1 to mark a new disk as thin, 0 not to. Default 1 for esx without Preallocate"),
            ConfigKey.integer(TOOLS_VERSION)
                    .asExpert()
                    .describedAs("Version of VMware Tools that a new disk says it has, 2147483647 for those of the"
                            + " guest's own packages. Default: the disk says nothing"),
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

    /** True if the user wants grains, and so a sparse extent. */
    public boolean grainChosen() {
        return config.integer(GRAIN_SIZE).isPresent();
    }

    public String adapter(Set<ImageFlag> flags) throws DiskException {
        String adapter = config.text(ADAPTER_TYPE).orElse(importable(flags) ? "lsilogic" : "ide");
        if (!ADAPTERS.contains(adapter)) {
            throw bad(ADAPTER_TYPE, "'" + adapter + "' is none of " + new java.util.TreeSet<>(ADAPTERS));
        }
        return adapter;
    }

    /** True for what is made to be given to a server. */
    private static boolean importable(Set<ImageFlag> flags) {
        return flags.contains(ImageFlag.ESX) || flags.contains(ImageFlag.STREAM_OPTIMIZED);
    }

    public long hardwareVersion(Set<ImageFlag> flags) throws DiskException {
        return number(HARDWARE_VERSION, importable(flags) ? SERVER_HARDWARE : 4, 1, 9999);
    }

    /** True if a flat disk takes all of its space when it is made. */
    public boolean preallocate(Set<ImageFlag> flags) throws DiskException {
        boolean usual = flags.contains(ImageFlag.FIXED) || !flags.contains(ImageFlag.ESX);
        return number(PREALLOCATE, usual ? 1 : 0, 0, 1) == 1;
    }

    /** True if the descriptor says that the disk is thin. */
    public boolean thinProvisioned(Set<ImageFlag> flags) throws DiskException {
        boolean thin = flags.contains(ImageFlag.ESX) && !flags.contains(ImageFlag.DIFF) && !preallocate(flags);
        return number(THIN_PROVISIONED, thin ? 1 : 0, 0, 1) == 1;
    }

    /** What the descriptor says of VMware Tools, or empty. */
    public Optional<Long> toolsVersion() throws DiskException {
        return config.integer(TOOLS_VERSION).isEmpty()
                ? Optional.empty()
                : Optional.of(number(TOOLS_VERSION, 0, 0, Integer.MAX_VALUE));
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
