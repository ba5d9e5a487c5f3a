// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.image;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.platter.config.ConfigKey;
import org.platter.config.ConfigSchema;
import org.platter.disk.DiskManager;
import org.platter.disk.FormatInfo;
import org.platter.error.DiskException;
import org.platter.shell.command.Invocation;
import org.platter.shell.option.Option;
import org.platter.shell.option.Syntax;
import org.platter.shell.option.UsageException;

/** The options {@code -o key=value} and {@code --secret-file}: values of a format's config keys. */
public final class Settings {
    private static final String ENVIRONMENT = "@env:";
    private static final int LONGEST_SECRET = 64 << 10;

    private final Option<Map.Entry<String, String>> values;
    private final Option<String> secretFile;
    private ConfigSchema left = ConfigSchema.EMPTY;

    /** Declares the options. */
    public Settings(Syntax syntax) {
        values = syntax.options(
                "-o", "KEY=VALUE", Settings::entry, "a config value of the format; VALUE @env:NAME is a variable's");
        secretFile = syntax.option("--secret-file", "FILE", word -> word, "file that holds the format's secret");
    }

    /** Leaves the values that this format knows, and the secret if it has one, to another image of the same command. */
    public void leave(FormatInfo format) {
        left = format.schema();
    }

    /** The failure of an image that does not know a value, with what the other image of the command knows: one of them was meant. */
    public static DiskException unknown(DiskException failure, FormatInfo other) {
        return new DiskException(failure.code(), failure.getMessage() + "; of the new image " + keys(other), failure);
    }

    private static String keys(FormatInfo format) {
        return format.schema().keys().isEmpty()
                ? format.name() + " has none"
                : format.name() + " has "
                        + format.schema().keys().stream().map(ConfigKey::name).collect(Collectors.joining(", "));
    }

    /** The values that were left to another image, on top of those of its location. */
    public Map<String, String> leftOver(Invocation invocation, Location location) throws IOException {
        Map<String, String> config = given(location, true);
        Optional<ConfigKey> key = secretKey(left);
        if (secretFile.given() && key.isPresent()) {
            put(config, key.get(), invocation);
        }
        return config;
    }

    /** The values given, on top of those of the location. */
    public Map<String, String> of(Invocation invocation, Location location, Optional<String> format)
            throws IOException {
        Map<String, String> config = given(location, false);
        if (secretFile.given() && secretKey(left).isEmpty()) {
            DiskManager manager = invocation.manager();
            ConfigKey key = (format.isPresent() ? manager.format(format.get()) : location.owner(manager))
                    .flatMap(info -> secretKey(info.schema()))
                    .orElseThrow(() -> new UsageException("--secret-file: this format has no secret"));
            put(config, key, invocation);
        }
        return config;
    }

    private Map<String, String> given(Location location, boolean toOther) {
        Map<String, String> config = new LinkedHashMap<>(location.config());
        values.values().stream()
                .filter(entry -> left.key(entry.getKey()).isPresent() == toOther)
                .forEach(entry -> config.put(entry.getKey(), entry.getValue()));
        return config;
    }

    private void put(Map<String, String> config, ConfigKey key, Invocation invocation) throws IOException {
        config.put(key.name(), secret(invocation.file(secretFile.value().orElseThrow()), key));
    }

    private static Map.Entry<String, String> entry(String word) {
        int equals = word.indexOf('=');
        if (equals < 1) {
            throw new UsageException("wants KEY=VALUE");
        }
        String value = word.substring(equals + 1);
        if (value.startsWith(ENVIRONMENT)) {
            String name = value.substring(ENVIRONMENT.length());
            value = System.getenv(name);
            if (value == null) {
                throw new UsageException("the environment has no " + name);
            }
        }
        return Map.entry(word.substring(0, equals), value);
    }

    private static Optional<ConfigKey> secretKey(ConfigSchema schema) {
        return schema.keys().stream().filter(ConfigKey::secret).min((a, b) -> Boolean.compare(a.expert(), b.expert()));
    }

    /** The file's bytes without the line break at their end. */
    private static String secret(Path file, ConfigKey key) throws IOException {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(LONGEST_SECRET);
        }
        int end = bytes.length;
        while (end > 0 && (bytes[end - 1] == '\n' || bytes[end - 1] == '\r')) {
            end--;
        }
        byte[] secret = Arrays.copyOf(bytes, end);
        return key.type() == ConfigKey.Type.BYTES
                ? "0x" + HexFormat.of().formatHex(secret)
                : new String(secret, java.nio.charset.StandardCharsets.UTF_8);
    }
}
