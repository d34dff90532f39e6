//! What is odd in the line-up: channels of one name, and platforms that are one but for upper and lower case.

use std::collections::BTreeMap;

use crate::{Channel, Problem, Registry};

impl Registry {
    /// A command for the name of two channels is refused, and a person before two buttons of one name guesses.
    pub(super) fn same_names(&self, warnings: &mut Vec<Problem>) {
        let mut named: BTreeMap<String, &Channel> = BTreeMap::new();
        for channel in self.channels().map(|listed| &listed.value).filter(|one| one.enabled) {
            let name = channel.name.trim().to_lowercase();
            let Some(first) = named.get(&name) else {
                named.insert(name, channel);
                continue;
            };
            let detail = format!(
                "{} has the same name: give one of them another name, or make one channel of both with a number for \
                 each platform",
                first.id
            );
            warnings.push(Problem::new(format!("channels/{}", channel.id), "name", detail));
        }
    }

    /// A TV receives a channel by the name of its platform, letter by letter.
    pub(super) fn same_platforms(&self, warnings: &mut Vec<Problem>) {
        let mut written: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for channel in self.channels().map(|listed| &listed.value) {
            let main = channel.platform.iter().map(|platform| ("platform", platform));
            let others = channel.numbers.keys().map(|platform| ("numbers", platform));
            for (field, platform) in main.chain(others) {
                let known = written.entry(platform.to_lowercase()).or_default();
                if known.contains(&platform.as_str()) {
                    continue;
                }
                if let Some(first) = known.first() {
                    let detail = format!(
                        "{platform} is another platform than {first}, which differs in upper and lower case alone: \
                         write it in one way"
                    );
                    warnings.push(Problem::new(format!("channels/{}", channel.id), field, detail));
                }
                known.push(platform);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use venue_domain::{Configuration, ItemKind};

    use crate::registry::tests::{put, read};

    #[test]
    fn two_channels_of_a_name_and_two_spellings_of_a_platform_are_told_once() {
        let mut configuration = Configuration::default();
        let channel = |id: &str, more: &str| {
            let body = format!(r#"{{"id":"{id}","number":"5",{more}}}"#);
            put(ItemKind::Channel, id, &body)
        };
        configuration.apply(
            &[
                channel("a", r#""name":"News","platform":"cable","numbers":{"Satellite":"7"}"#),
                channel("b", r#""name":"news ","platform":"Cable""#),
                channel("c", r#""name":"News","enabled":false,"platform":"Cable""#),
                channel("d", r#""name":"Sports","numbers":{"satellite":"8","cable":"9"}"#),
            ],
            1,
        );
        let told: Vec<String> =
            read(&configuration).warnings().iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "channels/b, name: a has the same name: give one of them another name, or make one channel of both \
                 with a number for each platform",
                "channels/b, platform: Cable is another platform than cable, which differs in upper and lower case \
                 alone: write it in one way",
                "channels/d, numbers: satellite is another platform than Satellite, which differs in upper and lower \
                 case alone: write it in one way",
            ]
        );
    }
}
