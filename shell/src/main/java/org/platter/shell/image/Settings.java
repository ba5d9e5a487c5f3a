// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.image;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.platter.config.ConfigKey;
import org.platter.disk.DiskManager;
import org.platter.disk.FormatInfo;
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
    private final Set<String> left = new HashSet<>();

    /** Declares the options. */
    public Settings(Syntax syntax) {
        values = syntax.options(
                "-o", "KEY=VALUE", Settings::entry, "a config value of the format; VALUE @env:NAME is a variable's");
        secretFile = syntax.option("--secret-file", "FILE", word -> word, "file that holds the format's secret");
    }

    /** Leaves values of these keys to another image of the same command. */
    public void leave(Set<String> keys) {
        left.addAll(keys);
    }

    /** The values of the keys that were left to another image. */
    public Map<String, String> leftOver() {
        Map<String, String> config = new LinkedHashMap<>();
        values.values().stream()
                .filter(entry -> left.contains(entry.getKey()))
                .forEach(entry -> config.put(entry.getKey(), entry.getValue()));
        return config;
    }

    /** The values given, on top of those of the location. */
    public Map<String, String> of(Invocation invocation, Location location, Optional<String> format)
            throws IOException {
        Map<String, String> config = new LinkedHashMap<>(location.config());
        values.values().stream()
                .filter(entry -> !left.contains(entry.getKey()))
                .forEach(entry -> config.put(entry.getKey(), entry.getValue()));
        if (secretFile.given()) {
            ConfigKey key = secretKey(invocation.manager(), location.uri(), format);
            config.put(key.name(), secret(invocation.file(secretFile.value().orElseThrow()), key));
        }
        return config;
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

    private static ConfigKey secretKey(DiskManager manager, URI location, Optional<String> format) throws IOException {
        Optional<FormatInfo> info = format.isPresent()
                ? manager.format(format.get())
                : manager.formats().stream()
                        .filter(f -> f.schemes().contains(location.getScheme()))
                        .findFirst();
        return info.stream()
                .flatMap(f -> f.schema().keys().stream())
                .filter(ConfigKey::secret)
                .min((a, b) -> Boolean.compare(a.expert(), b.expert()))
                .orElseThrow(() -> new UsageException("--secret-file: this format has no secret"));
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
