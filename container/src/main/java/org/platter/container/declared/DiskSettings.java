// SPDX-License-Identifier: Apache-2.0
package org.platter.container.declared;

import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.osgi.framework.Constants;
import org.platter.config.Suggestion;
import org.platter.container.format.Locations;
import org.platter.disk.DiskOptions;
import org.platter.disk.OpenFlag;
import org.platter.disk.OpenRequest;

/**
 * What the configuration of a declared disk says. Values may be texts, as files and forms have them, or of the type that
 * they stand for; an empty one counts as left out, because forms store every field. Immutable.
 *
 * @param name the disk's name
 * @param location as it is written, without secrets
 * @param request what to open; empty if something is wrong
 * @param swapTimeout how long requests wait while a format is away
 * @param exports service properties by which an exporter sees where and how to offer the disk
 * @param fault what is wrong, for people; empty if nothing is
 * @param unknown names that mean nothing, each with what it may have been meant to be
 */
record DiskSettings(
        String name,
        String location,
        Optional<OpenRequest> request,
        Duration swapTimeout,
        Map<String, Object> exports,
        String fault,
        List<String> unknown) {
    private static final List<String> KEYS = List.of(
            "location",
            "name",
            "format",
            "flags",
            "parents",
            "search",
            "allow.external",
            "swap.timeout",
            "export",
            "export.readOnly",
            "export.description",
            "export.certificate",
            "export.key",
            "export.password",
            "export.authorities");

    /** What frameworks, consoles and tools add by themselves. */
    private static final List<String> FOREIGN =
            List.of("service.", "component.", "felix.", "org.apache.", "webconsole.", "osgi.", ".");

    static DiskSettings of(Map<String, ?> properties) {
        Values values = new Values(properties);
        String fault = "";
        Optional<OpenRequest> request = Optional.empty();
        Duration timeout = DiskOptions.DEFAULT.swapTimeout();
        try {
            request = Optional.of(request(values));
            timeout = Duration.ofSeconds(values.number("swap.timeout", timeout.toSeconds()));
        } catch (IllegalArgumentException e) {
            request = Optional.empty();
            fault = e.getMessage();
        }
        String location = values.text("location").orElse("");
        return new DiskSettings(
                name(values),
                request.map(known -> Locations.show(known.location())).orElse(location),
                request,
                timeout,
                exports(properties),
                fault,
                unknown(properties));
    }

    /** The same but for how long requests wait. */
    boolean sameDisk(DiskSettings other) {
        return name.equals(other.name) && request.equals(other.request) && sameExports(other);
    }

    private boolean sameExports(DiskSettings other) {
        return exports.keySet().equals(other.exports.keySet())
                && exports.keySet().stream()
                        .allMatch(key -> Arrays.deepEquals(
                                new Object[] {exports.get(key)}, new Object[] {other.exports.get(key)}));
    }

    private static String name(Values values) {
        String pid = values.text(Constants.SERVICE_PID).orElse("disk");
        return values.text("name").orElse(pid.substring(Math.max(pid.indexOf('~'), pid.lastIndexOf('.')) + 1));
    }

    private static OpenRequest request(Values values) {
        String location =
                values.text("location").orElseThrow(() -> new IllegalArgumentException("location is missing"));
        OpenRequest request = OpenRequest.of(location("location", location))
                .withFlags(flags(values.texts("flags")))
                .withConfig(values.below("config."))
                .withParents(locations("parents", values))
                .withSearch(locations("search", values));
        Optional<String> format = values.text("format");
        request = format.isPresent() ? request.withFormat(format.get()) : request;
        return values.bool("allow.external") ? request.allowingExternal() : request;
    }

    private static Set<OpenFlag> flags(List<String> texts) {
        Set<OpenFlag> flags = EnumSet.of(OpenFlag.ASYNC_IO);
        for (String text : texts) {
            flags.add(Stream.of(OpenFlag.values())
                    .filter(flag -> word(flag).equals(text.toLowerCase(Locale.ROOT)))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("flags: there is no flag '" + text + "'; known are "
                            + String.join(
                                    ", ",
                                    Stream.of(OpenFlag.values())
                                            .map(DiskSettings::word)
                                            .toList())
                            + Suggestion.of(
                                    text,
                                    Stream.of(OpenFlag.values())
                                            .map(DiskSettings::word)
                                            .toList()))));
        }
        return flags;
    }

    private static String word(OpenFlag flag) {
        return flag.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static List<URI> locations(String key, Values values) {
        return values.texts(key).stream().map(text -> location(key, text)).toList();
    }

    private static URI location(String key, String text) {
        try {
            return text.matches("[a-z][a-z0-9+.-]+:.*")
                    ? URI.create(text)
                    : Path.of(text).toAbsolutePath().toUri();
        } catch (IllegalArgumentException e) {
            String why = e instanceof InvalidPathException path ? path.getReason() : "it is no URI";
            throw new IllegalArgumentException(key + ": cannot be used as a location: " + why, e);
        }
    }

    private static Map<String, Object> exports(Map<String, ?> properties) {
        Map<String, Object> exports = new HashMap<>();
        properties.forEach((key, value) -> {
            if ((key.equals("export") || key.startsWith("export."))
                    && !Values.texts(value).isEmpty()) {
                exports.put("platter." + key, value);
            }
        });
        return exports.containsKey("platter.export") ? exports : Map.of();
    }

    private static List<String> unknown(Map<String, ?> properties) {
        return properties.keySet().stream()
                .filter(key -> !KEYS.contains(key) && !key.startsWith("config."))
                .filter(key -> FOREIGN.stream().noneMatch(key::startsWith))
                .sorted()
                .map(key -> key + " is no property of a disk" + Suggestion.of(key, KEYS))
                .toList();
    }

    /** Values of any of the types that configurations have. */
    private record Values(Map<String, ?> properties) {
        static List<String> texts(Object value) {
            Collection<?> many = value instanceof Collection<?> collection
                    ? collection
                    : value instanceof Object[] array
                            ? Arrays.asList(array)
                            : value == null ? List.of() : List.of(value);
            List<String> texts = new ArrayList<>();
            for (Object one : many) {
                String text = String.valueOf(one).trim();
                if (!text.isEmpty()) {
                    texts.add(text);
                }
            }
            return texts;
        }

        /** Several texts; one that has commas in it, as in files, is several. */
        List<String> texts(String key) {
            return texts(properties.get(key)).stream()
                    .flatMap(text -> Stream.of(text.split("\\s*,\\s*")))
                    .filter(text -> !text.isEmpty())
                    .toList();
        }

        Optional<String> text(String key) {
            return texts(properties.get(key)).stream().findFirst();
        }

        boolean bool(String key) {
            String text = text(key).orElse("false");
            if (!text.equals("true") && !text.equals("false")) {
                throw new IllegalArgumentException(key + ": '" + text + "' is neither true nor false");
            }
            return text.equals("true");
        }

        long number(String key, long otherwise) {
            String text = text(key).orElse(Long.toString(otherwise));
            try {
                long number = Long.parseLong(text);
                if (number >= 0) {
                    return number;
                }
            } catch (NumberFormatException e) {
                // told below
            }
            throw new IllegalArgumentException(key + ": '" + text + "' is no number of seconds");
        }

        Map<String, String> below(String prefix) {
            Map<String, String> found = new HashMap<>();
            properties.forEach((key, value) -> {
                if (key.startsWith(prefix) && !texts(value).isEmpty()) {
                    found.put(key.substring(prefix.length()), texts(value).get(0));
                }
            });
            return found;
        }
    }
}
