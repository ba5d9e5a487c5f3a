// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.image;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.platter.disk.OpenFlag;
import org.platter.format.Geometry;
import org.platter.format.ImageFlag;
import org.platter.shell.option.UsageException;
import org.platter.shell.print.Json;

/** Words of the command line that stand for values of the API, and back. */
public final class Values {
    /** The variants that can be asked for, in the order in which people see them. */
    public static final List<String> VARIANTS =
            List.of("dynamic", "fixed", "split2g", "stream", "esx", "rawdisk", "zero-expand", "compressed");

    private static final Map<String, ImageFlag> FLAGS = Map.of(
            "fixed", ImageFlag.FIXED,
            "split2g", ImageFlag.SPLIT_2G,
            "stream", ImageFlag.STREAM_OPTIMIZED,
            "esx", ImageFlag.ESX,
            "rawdisk", ImageFlag.RAWDISK,
            "zero-expand", ImageFlag.ZERO_EXPAND,
            "compressed", ImageFlag.COMPRESSED);
    private static final Pattern GEOMETRY = Pattern.compile("(\\d{1,10})/(\\d{1,3})/(\\d{1,3})");
    private static final Pattern UUID_TEXT =
            Pattern.compile("\\{?(\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12})}?");

    private Values() {}

    /** Variants with commas between them, as flags. */
    public static Set<ImageFlag> variants(String word) {
        Set<ImageFlag> flags = EnumSet.noneOf(ImageFlag.class);
        List<String> names = List.of(word.toLowerCase(Locale.ROOT).split(",", -1));
        for (String name : names) {
            if (!VARIANTS.contains(name)) {
                throw new UsageException(
                        "there is no variant '" + name + "'; known are " + String.join(", ", VARIANTS));
            }
            if (FLAGS.containsKey(name)) {
                flags.add(FLAGS.get(name));
            }
        }
        if (names.contains("dynamic") && names.contains("fixed")) {
            throw new UsageException("dynamic and fixed exclude each other");
        }
        return flags;
    }

    /** What kind of image these flags make, as words that {@link #variants} takes, except {@code diff}. */
    public static List<String> variantWords(Set<ImageFlag> flags) {
        List<String> words = new ArrayList<>();
        VARIANTS.stream()
                .filter(word -> FLAGS.containsKey(word) && flags.contains(FLAGS.get(word)))
                .forEach(words::add);
        if (!words.contains("fixed") && !words.contains("stream") && !words.contains("rawdisk")) {
            words.add(0, "dynamic");
        }
        if (flags.contains(ImageFlag.DIFF)) {
            words.add("diff");
        }
        return words;
    }

    /** Open flags with commas between them. */
    public static Set<OpenFlag> openFlags(String word) {
        Set<OpenFlag> flags = EnumSet.noneOf(OpenFlag.class);
        for (String name : word.split(",", -1)) {
            try {
                flags.add(OpenFlag.valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_')));
            } catch (IllegalArgumentException e) {
                throw new UsageException("there is no flag '" + name + "'; known are "
                        + String.join(", ", openFlagWords(EnumSet.allOf(OpenFlag.class))));
            }
        }
        return flags;
    }

    /** Open flags as words, in the order of their declaration. */
    public static List<String> openFlagWords(Set<OpenFlag> flags) {
        return flags.stream().sorted().map(Json::word).toList();
    }

    /** A UUID, with or without braces. */
    public static UUID uuid(String word) {
        Matcher matcher = UUID_TEXT.matcher(word);
        if (!matcher.matches()) {
            throw new UsageException("'" + word + "' is no UUID");
        }
        return UUID.fromString(matcher.group(1));
    }

    /** A UUID, or {@code new} for a random one. */
    public static UUID uuidOrNew(String word) {
        return word.equals("new") ? UUID.randomUUID() : uuid(word);
    }

    /** A geometry {@code C/H/S}. */
    public static Geometry geometry(String word) {
        Matcher matcher = GEOMETRY.matcher(word);
        if (!matcher.matches()) {
            throw new UsageException("'" + word + "' is no geometry such as 1024/16/63");
        }
        return new Geometry(
                Long.parseLong(matcher.group(1)),
                Integer.parseInt(matcher.group(2)),
                Integer.parseInt(matcher.group(3)));
    }

    /** A byte, decimal or {@code 0x} hexadecimal. */
    public static byte fill(String word) {
        try {
            int value = word.startsWith("0x") ? Integer.parseInt(word.substring(2), 16) : Integer.parseInt(word);
            if (value >= 0 && value <= 255) {
                return (byte) value;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new UsageException("'" + word + "' is no byte from 0 to 255, or 0x00 to 0xff");
    }
}
