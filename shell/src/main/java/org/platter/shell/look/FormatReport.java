// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.look;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.platter.config.ConfigKey;
import org.platter.disk.FormatInfo;
import org.platter.shell.print.Json;
import org.platter.shell.print.Result;
import org.platter.shell.print.Row;
import org.platter.shell.print.Text;

/** What there is to say of an installed format. */
record FormatReport(
        String name,
        String bundle,
        String version,
        int ranking,
        List<String> capabilities,
        List<String> extensions,
        List<Key> configKeys,
        int openImages)
        implements Result, Row {

    static final List<String> COLUMNS = List.of("NAME", "BUNDLE", "VERSION", "RANKING", "EXTENSIONS", "OPEN IMAGES");

    /** One config key. */
    record Key(String key, String type, Optional<String> default_, boolean mandatory, boolean expert, boolean secret) {
        static Key of(ConfigKey key) {
            return new Key(
                    key.name(), Json.word(key.type()), key.fallback(), key.mandatory(), key.expert(), key.secret());
        }
    }

    static FormatReport of(FormatInfo info) {
        return new FormatReport(
                info.name(),
                info.bundle(),
                info.version(),
                info.ranking(),
                info.capabilities().stream().sorted().map(Enum::name).toList(),
                info.extensions(),
                info.schema().keys().stream().map(Key::of).toList(),
                info.openImages());
    }

    @Override
    public List<String> cells() {
        return List.of(
                name,
                bundle,
                version,
                Integer.toString(ranking),
                String.join(" ", extensions),
                Integer.toString(openImages));
    }

    @Override
    public void text(Text out) throws IOException {
        out.field("name", name);
        out.field("bundle", bundle + " " + version);
        out.field("ranking", Integer.toString(ranking));
        out.field("capabilities", String.join(" ", capabilities));
        out.field("extensions", String.join(" ", extensions));
        out.field("open images", Integer.toString(openImages));
        if (!configKeys.isEmpty()) {
            out.line("");
            out.table(
                    List.of("CONFIG KEY", "TYPE", "DEFAULT", ""),
                    configKeys.stream().map(FormatReport::cells).toList());
        }
    }

    /** As a command line takes it. */
    @Override
    public String toString() {
        return name;
    }

    private static List<String> cells(Key key) {
        String flags =
                (key.mandatory ? "mandatory " : "") + (key.expert ? "expert " : "") + (key.secret ? "secret" : "");
        return List.of(key.key, key.type, key.default_.orElse("-"), flags.strip());
    }
}
