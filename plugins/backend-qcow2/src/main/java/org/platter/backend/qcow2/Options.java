// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2;

import org.platter.backend.qcow2.layout.Bad;
import org.platter.config.Config;
import org.platter.config.ConfigKey;
import org.platter.config.ConfigSchema;
import org.platter.error.DiskException;

/**
 * What a new image should be like, in the words of qemu-img.
 *
 * @param clusterBits a cluster has {@code 1 << clusterBits} bytes
 * @param version 2 or 3
 * @param refcountOrder a counter has {@code 1 << refcountOrder} bits
 * @param lazy true to allow that counters are kept back
 * @param extended true for subclusters
 * @param preallocation what is there from the start
 * @param dataFile the name of an external data file, or empty
 * @param rawData true if that can be read without the image
 * @param compression 0 for zlib, 1 for zstd
 */
record Options(
        int clusterBits,
        int version,
        int refcountOrder,
        boolean lazy,
        boolean extended,
        Preallocation preallocation,
        String dataFile,
        boolean rawData,
        int compression) {

    static final String CLUSTER_SIZE = "cluster_size";
    static final String COMPAT = "compat";
    static final String REFCOUNT_BITS = "refcount_bits";
    static final String LAZY_REFCOUNTS = "lazy_refcounts";
    static final String EXTENDED_L2 = "extended_l2";
    static final String PREALLOCATION = "preallocation";
    static final String DATA_FILE = "data_file";
    static final String DATA_FILE_RAW = "data_file_raw";
    static final String COMPRESSION_TYPE = "compression_type";
    static final String SNAPSHOT = "snapshot";

    static final ConfigSchema SCHEMA = ConfigSchema.of(
            ConfigKey.text(CLUSTER_SIZE)
                    .orElse("65536")
                    .describedAs("Bytes of a cluster of a new image, a power of two from 512 to 2M"),
            ConfigKey.text(COMPAT).orElse("1.1").describedAs("Version of a new image: 0.10 or 1.1"),
            ConfigKey.integer(REFCOUNT_BITS)
                    .orElse("16")
                    .asExpert()
                    .describedAs("Bits of a reference counter of a new image: 1, 2, 4, 8, 16, 32 or 64"),
            ConfigKey.text(LAZY_REFCOUNTS)
                    .orElse("off")
                    .asExpert()
                    .describedAs("Whether programs may keep counters of a new image back: on or off"),
            ConfigKey.text(EXTENDED_L2)
                    .orElse("off")
                    .describedAs("Whether clusters of a new image have subclusters: on or off"),
            ConfigKey.text(PREALLOCATION)
                    .orElse("off")
                    .describedAs("What of a new image is there from the start: off, metadata, falloc or full"),
            ConfigKey.text(DATA_FILE).describedAs("The name of a file for the data of a new image"),
            ConfigKey.text(DATA_FILE_RAW)
                    .orElse("off")
                    .describedAs("Whether that file can be read as a raw disk: on or off"),
            ConfigKey.text(COMPRESSION_TYPE)
                    .orElse("zlib")
                    .describedAs("How clusters of a new image are compressed: zlib or zstd"),
            ConfigKey.text(SNAPSHOT)
                    .describedAs("Id or name of an internal snapshot to open, for reading, in place of the disk"));

    /** What is there from the start. */
    enum Preallocation {
        /** Nothing. */
        OFF,
        /** The tables. */
        METADATA,
        /** The tables, and space on the host for the data. */
        FALLOC,
        /** The tables and zeroes for data. */
        FULL
    }

    /** The options in a configuration, if they make sense together. */
    static Options of(Config config) throws DiskException {
        Options options = new Options(
                power(CLUSTER_SIZE, bytes(text(config, CLUSTER_SIZE, "65536")), 512, 2 << 20),
                version(text(config, COMPAT, "1.1")),
                power(REFCOUNT_BITS, config.integer(REFCOUNT_BITS).orElse(16), 1, 64),
                flag(config, LAZY_REFCOUNTS),
                flag(config, EXTENDED_L2),
                preallocation(text(config, PREALLOCATION, "off")),
                text(config, DATA_FILE, ""),
                flag(config, DATA_FILE_RAW),
                compression(text(config, COMPRESSION_TYPE, "zlib")));
        return options.checked();
    }

    private Options checked() throws DiskException {
        require(
                version > 2 || refcountOrder == 4 && !lazy && !extended && dataFile.isEmpty() && compression == 0,
                "compat 0.10 has counters of 16 bits, and neither lazy_refcounts, extended_l2, data_file nor zstd");
        require(!extended || clusterBits >= 14, "extended_l2 needs a cluster_size of 16384 or more");
        require(!rawData || !dataFile.isEmpty(), "data_file_raw needs data_file");
        return this;
    }

    private static void require(boolean claim, String otherwise) throws DiskException {
        if (!claim) {
            throw Bad.value(otherwise);
        }
    }

    private static String text(Config config, String key, String otherwise) {
        return config.text(key).orElse(otherwise);
    }

    private static long bytes(String value) throws DiskException {
        if (!value.matches("\\d{1,9}[KkMm]?")) {
            throw Bad.value(CLUSTER_SIZE + " wants a number of bytes, K or M, not '" + value + "'");
        }
        int unit = "KM".indexOf(Character.toUpperCase(value.charAt(value.length() - 1)));
        String digits = unit < 0 ? value : value.substring(0, value.length() - 1);
        return Long.parseLong(digits) << (unit + 1) * 10;
    }

    private static int power(String key, long value, int least, int most) throws DiskException {
        if (Long.bitCount(value) != 1 || value < least || value > most) {
            throw Bad.value(key + " " + value + " is no power of two from " + least + " to " + most);
        }
        return Long.numberOfTrailingZeros(value);
    }

    private static int version(String compat) throws DiskException {
        return switch (compat) {
            case "0.10", "v2" -> 2;
            case "1.1", "v3" -> 3;
            default -> throw Bad.value(COMPAT + " '" + compat + "' is neither 0.10 nor 1.1");
        };
    }

    private static boolean flag(Config config, String key) throws DiskException {
        String value = text(config, key, "off");
        return switch (value) {
            case "on", "true", "yes", "1" -> true;
            case "off", "false", "no", "0" -> false;
            default -> throw Bad.value(key + " '" + value + "' is neither on nor off");
        };
    }

    private static Preallocation preallocation(String value) throws DiskException {
        return switch (value) {
            case "off" -> Preallocation.OFF;
            case "metadata" -> Preallocation.METADATA;
            case "falloc" -> Preallocation.FALLOC;
            case "full" -> Preallocation.FULL;
            default -> throw Bad.value(PREALLOCATION + " '" + value + "' is none of off, metadata, falloc and full");
        };
    }

    private static int compression(String value) throws DiskException {
        return switch (value) {
            case "zlib" -> 0;
            case "zstd" -> 1;
            default -> throw Bad.value(COMPRESSION_TYPE + " '" + value + "' is neither zlib nor zstd");
        };
    }
}
